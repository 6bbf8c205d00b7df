//! A store of its own for each test, on SQLite or Postgres.

use api_db::{PostgresUrl, Store, StoreConfig};
use tempfile::TempDir;

use crate::postgres_server;

pub(crate) struct Backend {
    pub(crate) config: StoreConfig,
    /// Keeps the folder until the test ends.
    _folder: Option<TempDir>,
}

impl Backend {
    pub(crate) fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let config = StoreConfig::Sqlite(folder.path().join("control.db"));
        Self { config, _folder: Some(folder) }
    }

    pub(crate) fn postgres() -> Self {
        let url = PostgresUrl::parse(&postgres_server::new_database()).unwrap();
        Self { config: StoreConfig::Postgres(url), _folder: None }
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.config).await.unwrap()
    }
}

/// Makes a test of each function, once for each store.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::backend::Backend::sqlite()).await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::backend::Backend::postgres()).await;
            })+
        }
    };
}

pub(crate) use on_both;
