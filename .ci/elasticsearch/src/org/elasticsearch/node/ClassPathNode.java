package org.elasticsearch.node;

import java.util.List;
import java.util.Map;

import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.plugins.MockPluginsService;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.plugins.PluginsService;

/** A node that takes its plugins from the class path instead of a folder of an installation. */
public final class ClassPathNode extends Node {
    public ClassPathNode(Settings settings, List<Class<? extends Plugin>> plugins) {
        super(construct(settings, plugins));
    }

    private static NodeConstruction construct(Settings settings, List<Class<? extends Plugin>> plugins) {
        Environment environment = InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "rulevet");
        NodeServiceProvider services = new NodeServiceProvider() {
            @Override
            PluginsService newPluginService(Environment env, PluginsLoader loader) {
                return new MockPluginsService(env.settings(), env, plugins);
            }
        };
        return NodeConstruction.prepareConstruction(environment, null, services, false);
    }
}
