//! Pages of lists: opaque tokens over a position that stays right when rows come and go.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common_errors::Error;
use common_types::limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX};

use crate::failures::{bad_filter, from_repo};
use crate::model::{
    ApiKey, AuditEvent, ClientQuota, Cluster, Deleted, Delivery, Environment, GroupMapping,
    IdentityPool, IdentityProvider, Invitation, IpFilter, IpGroup, NotificationIntegration,
    NotificationSubscription, RoleBinding, SecurityFinding, ServiceAccount, User,
};
use crate::ports::{Cursor, Slice, Stored};

/// Which page the caller wants. Sizes beyond the limits are brought to the nearest one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// Objects at most.
    pub size: Option<u32>,
    /// The token of an earlier page; empty is the same as none.
    pub token: Option<String>,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The objects.
    pub items: Vec<T>,
    /// The token of the next page, if there is one.
    pub next: Option<String>,
}

/// A row that lists can be ordered by.
pub(crate) trait Ordered {
    fn cursor(&self) -> Cursor;
}

macro_rules! ordered {
    ($($row:ty),+) => {
        $(impl Ordered for $row {
            fn cursor(&self) -> Cursor {
                Cursor { created_us: self.created_us, id: self.id.clone() }
            }
        })+
    };
}

ordered!(
    ApiKey,
    AuditEvent,
    ClientQuota,
    Cluster,
    Deleted,
    Delivery,
    Environment,
    GroupMapping,
    IdentityPool,
    IdentityProvider,
    Invitation,
    IpFilter,
    IpGroup,
    NotificationIntegration,
    NotificationSubscription,
    RoleBinding,
    SecurityFinding,
    ServiceAccount,
    User
);

/// Reads one page of the rows that the caller may see.
pub(crate) async fn page<'a, T: Ordered + Send>(
    request: &PageRequest,
    fetch: impl Fn(Slice) -> Stored<'a, Vec<T>> + Send,
    visible: impl Fn(&T) -> bool + Send,
) -> Result<Page<T>, Error> {
    let size = request.size.unwrap_or(PAGE_SIZE_DEFAULT).clamp(1, PAGE_SIZE_MAX);
    let wanted = usize::try_from(size).unwrap_or(1);
    let mut after = match request.token.as_deref() {
        None | Some("") => None,
        Some(token) => Some(decode(token)?),
    };
    let mut items: Vec<T> = Vec::new();
    // Bounded by the rows of the store: each turn moves `after` forward.
    loop {
        let rows =
            fetch(Slice { after: after.take(), limit: size + 1 }).await.map_err(from_repo)?;
        let full = rows.len() > wanted;
        after = rows.last().map(Ordered::cursor);
        for row in rows {
            if !visible(&row) {
                continue;
            }
            if items.len() == wanted {
                let next = items.last().map(|last| encode(&last.cursor()));
                return Ok(Page { items, next });
            }
            items.push(row);
        }
        if !full {
            return Ok(Page { items, next: None });
        }
    }
}

fn encode(cursor: &Cursor) -> String {
    URL_SAFE_NO_PAD.encode(format!("1:{}:{}", cursor.created_us, cursor.id))
}

fn decode(token: &str) -> Result<Cursor, Error> {
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (created_us, id) = text.strip_prefix("1:")?.split_once(':')?;
        Some(Cursor { created_us: created_us.parse().ok()?, id: id.to_owned() })
    };
    read().ok_or_else(|| {
        bad_filter(
            "page_token",
            "page_token is not one that this server gave; leave it out to start over",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_reads_back_and_nonsense_is_refused() {
        let cursor = Cursor { created_us: -5, id: "env-a:b".into() };
        assert_eq!(decode(&encode(&cursor)).unwrap(), cursor);
        for bad in ["x", "MToyOg=", "MjoxOmE", "====", "\u{1F600}"] {
            assert!(decode(bad).is_err(), "{bad}");
        }
    }
}
