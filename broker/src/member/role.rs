use std::sync::Arc;

use crate::controller::Controller;
use crate::meta::{LocalMeta, MetaStore, RemoteMeta};
use crate::rpc::Client;

/// What this process is in its cell at the moment.
#[derive(Debug, Clone)]
pub(super) enum Role {
    /// It looks for the writer of the metadata, or is about to become it.
    Seeking,
    /// Another process writes the metadata.
    Follows {
        /// Where it is.
        address: String,
        /// The connection to it.
        writer: Arc<Client>,
    },
    /// This process writes the metadata.
    Controls {
        /// The metadata.
        meta: Arc<LocalMeta>,
        /// Who decides.
        controller: Arc<Controller>,
    },
}

impl Role {
    /// The metadata in this role.
    pub(super) fn meta(&self) -> Option<Arc<dyn MetaStore>> {
        match self {
            Self::Seeking => None,
            Self::Follows { writer, .. } => Some(Arc::new(RemoteMeta::new(Arc::clone(writer)))),
            Self::Controls { meta, .. } => Some(Arc::clone(meta) as Arc<dyn MetaStore>),
        }
    }

    /// Where the writer is reached, as far as this process knows; `own` is where this process is.
    pub(super) fn writer(&self, own: &str) -> Option<String> {
        match self {
            Self::Seeking => None,
            Self::Follows { address, .. } => Some(address.clone()),
            Self::Controls { .. } => Some(own.to_owned()),
        }
    }
}
