//! The peer and the client: fetched once by pinned version into the user's cache, never committed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{command, workspace};

/// The Kafka of the benchmark; also the version of the wire tables.
pub(super) const KAFKA_VERSION: &str = "4.2.0";
/// node-rdkafka's tarball carries the source of librdkafka.
const NODE_RDKAFKA_VERSION: &str = "3.6.1";
/// What that tarball holds.
pub(super) const LIBRDKAFKA_VERSION: &str = "2.12.0";
/// Kafka's POM names no binding of slf4j 1.7, which is what it resolves; without one there is no log.
const LOG4J_VERSION: &str = "2.25.1";

const SOURCES: &[&str] = &["load.c", "produce.c", "consume.c", "admin.c", "sink.c"];
const FEATURES_OFF: &[&str] = &["ssl", "gssapi", "curl", "zstd", "lz4-ext"];

/// The class path of a Kafka broker and its tools.
pub(super) fn kafka_class_path() -> Result<String> {
    let folder = tool_dir(&format!("kafka-{KAFKA_VERSION}"))?;
    let lib = folder.join("lib");
    if !folder.join("complete").exists() {
        fs::write(folder.join("pom.xml"), pom())?;
        let mut maven = Command::new("mvn");
        maven.current_dir(&folder).args(["-q", "-B", "dependency:copy-dependencies"]);
        maven.args(["-DoutputDirectory=lib", "-DincludeScope=runtime"]);
        command::run(&mut maven).context("install it with `apt-get install maven`")?;
        fs::write(folder.join("complete"), "")?;
    }
    Ok(format!("{}/*", lib.display()))
}

fn pom() -> String {
    let dependency = |group: &str, artifact: &str, version: &str| {
        format!(
            "<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>\
             <version>{version}</version></dependency>"
        )
    };
    format!(
        "<project><modelVersion>4.0.0</modelVersion><groupId>bench</groupId><artifactId>kafka</artifactId>\
         <version>1</version><dependencies>{}{}{}</dependencies></project>\n",
        dependency("org.apache.kafka", "kafka_2.13", KAFKA_VERSION),
        dependency("org.apache.kafka", "kafka-tools", KAFKA_VERSION),
        dependency("org.apache.logging.log4j", "log4j-slf4j-impl", LOG4J_VERSION),
    )
}

/// The load generator, built from the sources beside this file.
pub(super) fn load_generator() -> Result<PathBuf> {
    let library = librdkafka()?;
    let binary = workspace::target_dir()?.join("bench/load");
    fs::create_dir_all(binary.parent().context("a target folder has a parent")?)?;
    let folder = workspace::root().join("xtask/src/bench/load");
    let mut compiler = Command::new("cc");
    compiler.args(["-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-isystem"]).arg(&library);
    compiler.args(SOURCES.iter().map(|source| folder.join(source)));
    compiler.arg(library.join("librdkafka.a")).arg("-o").arg(&binary);
    compiler.args(["-lm", "-lz", "-ldl", "-lpthread", "-lrt"]);
    command::run(&mut compiler)?;
    Ok(binary)
}

/// The folder with librdkafka's header and static library.
fn librdkafka() -> Result<PathBuf> {
    let folder = tool_dir(&format!("librdkafka-{LIBRDKAFKA_VERSION}"))?;
    let source = folder.join("package/deps/librdkafka");
    if !folder.join("complete").exists() {
        let package = format!("node-rdkafka@{NODE_RDKAFKA_VERSION}");
        command::run(in_folder("npm", &folder).args(["pack", "--silent"]).arg(&package))?;
        let tarball = format!("node-rdkafka-{NODE_RDKAFKA_VERSION}.tgz");
        command::run(in_folder("tar", &folder).arg("xzf").arg(&tarball))?;
        let mut configure = in_folder("./configure", &source);
        configure.args(FEATURES_OFF.iter().map(|feature| format!("--disable-{feature}")));
        command::run(&mut configure)?;
        command::run(in_folder("make", &source).args(["-s", "-j2", "-C", "src", "librdkafka.a"]))
            .context("install what it names, or `apt-get install zlib1g-dev`")?;
        fs::write(folder.join("complete"), "")?;
    }
    Ok(source.join("src"))
}

fn in_folder(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    command
}

fn tool_dir(name: &str) -> Result<PathBuf> {
    let cache = match std::env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()) {
        Some(cache) => PathBuf::from(cache),
        None => PathBuf::from(
            std::env::var_os("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?,
        )
        .join(".cache"),
    };
    let folder = cache.join("weir/tools").join(name);
    fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    Ok(folder)
}
