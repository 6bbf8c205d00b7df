//! What is given for tokens of others, and what people bring along from their provider. No input or output.

mod access_token;
mod openid;

pub(crate) use access_token::{AccessClaims, new_access_token, read_access_token, terms_of};
pub(crate) use openid::{
    Metadata, Secrets, SsoPerson, authorization_url, id_token_of, metadata_uri, person_of,
    token_request,
};
