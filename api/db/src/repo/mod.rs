//! The port of the use-cases, one file a resource.

mod access;
mod acls;
mod api_keys;
mod bootstrap;
mod clusters;
mod environments;
mod identities;
mod ip_filters;
mod ip_groups;
mod port;
mod receipts;
mod role_bindings;
mod sliced;
mod topics;

pub(crate) use sliced::sliced;
