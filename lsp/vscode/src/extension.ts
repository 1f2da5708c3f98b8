import * as vscode from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

/** What starts the server: the command of the settings, in the folder of the workspace. */
function server(): ServerOptions {
  const settings = vscode.workspace.getConfiguration("rulevet");
  const command = settings.get<string>("path", "rulevet");
  const args = ["lsp", ...settings.get<string[]>("args", [])];
  const cwd = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  return { command, args, options: { cwd } };
}

const options: LanguageClientOptions = {
  documentSelector: [{ scheme: "file", language: "toml" }],
  diagnosticCollectionName: "rulevet",
};

async function start(): Promise<void> {
  client = new LanguageClient("rulevet", "rulevet", server(), options);
  try {
    await client.start();
  } catch (err) {
    const open = "Open settings";
    const message = err instanceof Error ? err.message : String(err);
    const chosen = await vscode.window.showErrorMessage(`rulevet did not start: ${message}`, open);
    if (chosen === open) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "rulevet.path");
    }
  }
}

async function stop(): Promise<void> {
  const old = client;
  client = undefined;
  if (old?.isRunning()) {
    await old.stop();
  }
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const restart = async () => {
    await stop();
    await start();
  };
  context.subscriptions.push(
    vscode.commands.registerCommand("rulevet.restart", restart),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration("rulevet")) {
        await restart();
      }
    }),
  );
  await start();
}

export function deactivate(): Promise<void> {
  return stop();
}
