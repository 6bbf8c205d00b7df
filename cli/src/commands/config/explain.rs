use serde_json::{Value, json};

use crate::config::{Contexts, Setting};
use crate::ctx::Ctx;
use crate::output::{Column, Outcome};

const COLUMNS: &[Column] = &[
    Column::new("SETTING", "/name"),
    Column::new("VALUE", "/value"),
    Column::new("SOURCE", "/source"),
];

pub(super) fn run(ctx: &Ctx) -> Outcome {
    let s = &ctx.settings;
    let hidden = |set: bool| set.then(|| "(hidden)".to_owned());
    let kafka_key = s.kafka_key.value.as_ref().map(|k| k.key.clone());
    let file = Contexts::path(&s.dirs.config).display().to_string();
    let rows = vec![
        row("config_file", Some(file), "XDG_CONFIG_HOME, HOME"),
        row("data_dir", Some(s.dirs.data.display().to_string()), "XDG_DATA_HOME, HOME"),
        text("context", &s.context_name),
        row("endpoint", Some(s.endpoint.value.clone()), &s.endpoint.source),
        text("api_key", &s.api_key),
        row("api_secret", hidden(s.api_secret.value.is_some()), &s.api_secret.source),
        row("token", hidden(s.token.value.is_some()), &s.token.source),
        text("environment", &s.environment),
        text("cluster", &s.cluster),
        row("kafka_api_key", kafka_key, &s.kafka_key.source),
        text("kafka_bootstrap", &s.kafka_bootstrap),
        row(
            "ca_cert",
            s.ca_cert.value.as_ref().map(|p| p.display().to_string()),
            &s.ca_cert.source,
        ),
    ];
    Outcome::object(json!({"kind": "SettingList", "data": rows}), COLUMNS)
        .note("\nPrecedence: flag, then environment, then context, then default.")
}

fn text(name: &str, setting: &Setting<Option<String>>) -> Value {
    row(name, setting.value.clone(), &setting.source)
}

fn row(name: &str, value: Option<String>, source: &str) -> Value {
    json!({"name": name, "value": value, "source": source})
}
