//! Tokens of others: whose keys signed them, who is let in, and what is given in return. No input or output.

mod access_token;
mod filter;
mod jws;
mod key_set;
mod openid;

pub(crate) use access_token::{AccessClaims, new_access_token, read_access_token, terms_of};
pub(crate) use filter::{Filter, claim_at, claim_path};
pub(crate) use jws::{SignedToken, TokenError};
pub(crate) use key_set::read_key_set;
pub(crate) use openid::{
    Metadata, Secrets, SsoPerson, authorization_url, id_token_of, metadata_uri, person_of,
    token_request,
};
