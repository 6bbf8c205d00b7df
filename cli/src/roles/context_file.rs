//! The context that a local Weir keeps up to date.

use std::path::Path;

use super::admin_file::AdminFile;
use crate::config::{Context, Contexts, KafkaKey};
use crate::error::CliError;

/// The context of a Weir with a lasting folder.
const LOCAL: &str = "local";
/// The context of a Weir whose folder ends with it.
const MEMORY: &str = "memory";

/// Writes the context of this Weir, and selects it on a first start or when none is selected.
///
/// Keys that a person added for other clusters of the same folder are kept.
pub(super) fn remember(
    config: &Path,
    folder: &Path,
    admin: &AdminFile,
    memory: bool,
    select: bool,
) -> Result<(), CliError> {
    let name = if memory { MEMORY } else { LOCAL };
    let mut contexts = Contexts::load(config)?;
    let same = contexts.contexts.get(name).filter(|c| c.data_dir.as_deref() == Some(folder));
    let mut context = same.cloned().unwrap_or_default();
    let key = KafkaKey { key: admin.kafka_api_key.clone(), secret: admin.kafka_api_secret.clone() };
    context.kafka_keys.insert(admin.cluster_id.clone(), key);
    let context = Context {
        endpoint: Some(admin.endpoint.clone()),
        organization_id: Some(admin.organization_id.clone()),
        environment_id: context.environment_id.or_else(|| Some(admin.environment_id.clone())),
        cluster_id: context.cluster_id.or_else(|| Some(admin.cluster_id.clone())),
        api_key: Some(admin.api_key.clone()),
        api_secret: Some(admin.api_secret.clone()),
        session: context.session,
        kafka_bootstrap: Some(admin.kafka_bootstrap.clone()),
        kafka_tls_bootstrap: Some(admin.kafka_tls_bootstrap.clone()),
        ca_cert_path: Some(admin.ca_cert_path.clone()),
        data_dir: Some(folder.to_owned()),
        kafka_keys: context.kafka_keys,
    };
    contexts.contexts.insert(name.to_owned(), context);
    if select || contexts.current.is_none() {
        contexts.current = Some(name.to_owned());
    }
    contexts.save(config)
}

/// Removes the contexts of a folder that is gone.
pub(crate) fn forget_context(config: &Path, folder: &Path) -> Result<(), CliError> {
    let mut contexts = Contexts::load(config)?;
    let before = contexts.contexts.len();
    contexts.contexts.retain(|_, context| context.data_dir.as_deref() != Some(folder));
    if contexts.contexts.len() == before {
        return Ok(());
    }
    if contexts.current.as_ref().is_some_and(|name| !contexts.contexts.contains_key(name)) {
        contexts.current = contexts.contexts.keys().next().cloned();
    }
    contexts.save(config)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::config::Secret;

    fn admin(endpoint: &str) -> AdminFile {
        AdminFile {
            api_key: "K".to_owned(),
            api_secret: Secret::new("S"),
            endpoint: endpoint.to_owned(),
            organization_id: "o".to_owned(),
            environment_id: "env-1".to_owned(),
            cluster_id: "lkc-1".to_owned(),
            kafka_api_key: "KK".to_owned(),
            kafka_api_secret: Secret::new("KS"),
            kafka_bootstrap: "127.0.0.1:1".to_owned(),
            kafka_tls_bootstrap: "127.0.0.1:2".to_owned(),
            ca_cert_path: PathBuf::from("/ca.pem"),
            login_email: "a@b".to_owned(),
            login_password: None,
        }
    }

    #[test]
    fn a_restart_refreshes_addresses_and_keeps_what_a_person_added() {
        let config = tempfile::tempdir().unwrap();
        let (config, folder) = (config.path(), Path::new("/data"));
        remember(config, folder, &admin("http://one"), false, true).unwrap();
        let mut contexts = Contexts::load(config).unwrap();
        let other = KafkaKey { key: "X".to_owned(), secret: Secret::new("Y") };
        let local = contexts.contexts.get_mut(LOCAL).unwrap();
        local.kafka_keys.insert("lkc-2".to_owned(), other);
        local.cluster_id = Some("lkc-2".to_owned());
        contexts.save(config).unwrap();

        remember(config, folder, &admin("http://two"), false, false).unwrap();
        let contexts = Contexts::load(config).unwrap();
        let local = &contexts.contexts[LOCAL];
        assert_eq!(local.endpoint.as_deref(), Some("http://two"));
        assert_eq!(local.cluster_id.as_deref(), Some("lkc-2"));
        assert_eq!(local.kafka_keys.len(), 2);

        remember(config, Path::new("/other"), &admin("http://three"), false, true).unwrap();
        assert_eq!(Contexts::load(config).unwrap().contexts[LOCAL].kafka_keys.len(), 1);
    }

    #[test]
    fn a_context_ends_with_its_folder() {
        let config = tempfile::tempdir().unwrap();
        let config = config.path();
        remember(config, Path::new("/data"), &admin("http://one"), false, true).unwrap();
        remember(config, Path::new("/tmp/m"), &admin("http://two"), true, true).unwrap();
        forget_context(config, Path::new("/tmp/m")).unwrap();
        let contexts = Contexts::load(config).unwrap();
        assert_eq!(contexts.current.as_deref(), Some(LOCAL));
        assert_eq!(contexts.contexts.len(), 1);
    }
}
