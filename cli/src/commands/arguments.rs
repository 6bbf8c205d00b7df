//! Arguments that several commands share.

use std::time::Duration;

use crate::config::Flags;
use crate::duration;
use crate::output::Format;

/// Accepted by every command.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// How data is written
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value_t,
        env = "WEIR_OUTPUT",
        hide_env = true
    )]
    pub(crate) output: Format,
    /// Fields to show, by column or by path into the JSON
    #[arg(long, global = true, value_delimiter = ',', value_name = "NAME,…")]
    pub(crate) fields: Vec<String>,
    /// Context to use instead of the current one
    #[arg(short, long, global = true, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// Answer yes to every question
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,
}

impl Globals {
    pub(crate) fn flags(&self) -> Flags {
        Flags { context: self.context.clone() }
    }
}

/// Of commands that work in one environment.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct InEnvironment {
    /// Environment, by id or name
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) environment: Option<String>,
}

/// Of commands that work on one cluster.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct OnCluster {
    /// Cluster, by id or name
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) cluster: Option<String>,
    #[command(flatten)]
    pub(crate) environment: InEnvironment,
}

/// Of commands that start something long.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Wait {
    /// Wait until it is done, at most this long
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true,
          default_missing_value = "10m", value_parser = duration::parse)]
    pub(crate) wait: Option<Duration>,
}

/// `name=value`.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_split_at_the_first_equals_sign() {
        assert_eq!(pair("a=b=c").unwrap(), ("a".to_owned(), "b=c".to_owned()));
        assert_eq!(pair("a=").unwrap(), ("a".to_owned(), String::new()));
        assert!(pair("=b").is_err());
        assert!(pair("ab").is_err());
    }
}
