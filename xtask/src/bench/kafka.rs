//! Apache Kafka as one node that is broker and controller.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use serde_json::json;

use super::client::Target;
use super::server::{self, Server};
use super::tools;
use crate::command;

/// Those of Kafka's own start script, and the heap of the comparison.
const JVM: &[&str] = &[
    "-Xms1g",
    "-Xmx1g",
    "-server",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
    "-Djava.awt.headless=true",
];

const LOG4J: &str = "\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %m (%c)%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
";

/// A formatted folder from which a node can be started again and again.
pub(super) struct Kafka {
    class_path: String,
    folder: PathBuf,
    core: u32,
    ports: [u16; 2],
    properties: String,
}

impl Kafka {
    pub(super) fn format(folder: &Path, core: u32) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let class_path = tools::kafka_class_path()?;
        let ports = server::free_ports()?;
        let properties = properties(ports, &folder.join("data"));
        fs::write(folder.join("server.properties"), &properties)?;
        fs::write(folder.join("log4j2.properties"), LOG4J)?;
        let kafka = Self { class_path, folder: folder.to_owned(), core, ports, properties };
        let id = command::capture(kafka.java(&mut Command::new("java")).args(STORAGE_ID))?;
        let mut format = Command::new("java");
        kafka.java(&mut format).args([
            "kafka.tools.StorageTool",
            "format",
            "--standalone",
            "-t",
            id.trim(),
            "-c",
        ]);
        command::capture(format.arg(folder.join("server.properties")))?;
        Ok(kafka)
    }

    pub(super) fn start(&self, name: &'static str) -> Result<Server> {
        let mut command = server::pinned(self.core, Path::new("java"));
        self.java(command.args(JVM)).arg("kafka.Kafka").arg(self.folder.join("server.properties"));
        let started = server::start(command, self.ports[0], &self.folder.join("output"))?;
        let target =
            Target { bootstrap: format!("127.0.0.1:{}", self.ports[0]), properties: Vec::new() };
        let mut server = Server::new(name, started, target, &self.folder.join("data"));
        server.description = json!({
            "name": "Apache Kafka",
            "version": tools::KAFKA_VERSION,
            "jvm": JVM,
            "server_properties": self.properties,
        });
        Ok(server)
    }

    fn java<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let log4j = self.folder.join("log4j2.properties");
        command
            .arg(format!("-Dlog4j2.configurationFile={}", log4j.display()))
            .args(["-cp", &self.class_path])
    }
}

const STORAGE_ID: &[&str] = &["kafka.tools.StorageTool", "random-uuid"];

fn properties([clients, controller]: [u16; 2], data: &Path) -> String {
    format!(
        "process.roles=broker,controller\n\
         node.id=1\n\
         controller.quorum.bootstrap.servers=127.0.0.1:{controller}\n\
         listeners=PLAINTEXT://127.0.0.1:{clients},CONTROLLER://127.0.0.1:{controller}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{clients}\n\
         controller.listener.names=CONTROLLER\n\
         log.dirs={}\n\
         offsets.topic.replication.factor=1\n\
         transaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\n\
         share.coordinator.state.topic.replication.factor=1\n\
         share.coordinator.state.topic.min.isr=1\n\
         log.segment.delete.delay.ms=1000\n",
        data.display()
    )
}
