import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.http.HttpServerTransport;
import org.elasticsearch.node.ClassPathNode;
import org.elasticsearch.transport.netty4.Netty4Plugin;
import org.elasticsearch.xpack.kql.KqlPlugin;

/** Starts one node on the loopback interface, prints the address of its HTTP port and runs until standard input ends. */
public final class RulevetNode {
    public static void main(String[] args) throws Exception {
        LogConfigurator.configureWithoutConfig(Settings.builder().put("logger.level", "ERROR").build());
        Path home = Files.createTempDirectory("rulevet-elasticsearch");
        Settings settings = Settings.builder()
            .put("path.home", home.toString())
            .put("cluster.name", "rulevet")
            .put("node.name", "rulevet")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", "0")
            .put("transport.port", "0")
            .put("http.type", "netty4")
            .put("transport.type", "netty4")
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .put("node.processors", 2)
            .build();
        try (ClassPathNode node = new ClassPathNode(settings, List.of(Netty4Plugin.class, KqlPlugin.class))) {
            node.start();
            HttpServerTransport http = node.injector().getInstance(HttpServerTransport.class);
            System.out.println("http://" + http.boundAddress().publishAddress());
            System.out.flush();
            while (System.in.read() >= 0) {
            }
        }
        System.exit(0);
    }
}
