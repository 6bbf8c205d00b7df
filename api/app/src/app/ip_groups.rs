use common_errors::{Error, ErrorKind};
use common_types::id::Prefix;

use super::core::{allow, sees};
use super::environments::STALE_RETRIES;
use super::{App, Asked, Change};
use crate::authz::{Action, Caller, Thing};
use crate::cidr::Cidr;
use crate::failures::{forbidden, from_repo, invalid, missing, not_found, taken};
use crate::model::IpGroup;
use crate::page::{Page, PageRequest, page};
use crate::ports::RepoError;
use crate::rules::display_name;

const NAME_LENGTH_MAX: usize = 64;
const BLOCKS_MAX: usize = 25;

/// What is wanted of a group of addresses; absent members are left as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IpGroupWish {
    /// Required to create.
    pub group_name: Option<String>,
    /// Required to create.
    pub cidr_blocks: Option<Vec<String>>,
}

impl App {
    /// One page of the groups of addresses.
    ///
    /// # Errors
    /// A bad page token; the store.
    pub async fn ip_groups(
        &self,
        caller: &Caller,
        request: &PageRequest,
    ) -> Result<Page<IpGroup>, Error> {
        let sees = sees(caller, caller.own(Thing::IpRules));
        page(request, |slice| self.parts.repo.ip_groups(caller.org(), slice), |_: &IpGroup| sees)
            .await
    }

    /// One group of addresses.
    ///
    /// # Errors
    /// Not found, also when the caller may not see it.
    pub async fn ip_group(&self, caller: &Caller, id: &str) -> Result<IpGroup, Error> {
        allow(caller, Action::Read, caller.own(Thing::IpRules), "IP group", id)?;
        let row = self.parts.repo.ip_group(caller.org(), id.to_owned()).await.map_err(from_repo)?;
        row.ok_or_else(|| not_found("IP group", id))
    }

    /// Makes a group of addresses.
    ///
    /// # Errors
    /// A bad value; a taken name; a missing role.
    pub async fn create_ip_group(
        &self,
        caller: &Caller,
        wish: IpGroupWish,
        asked: Asked<'_, IpGroup>,
    ) -> Result<IpGroup, Error> {
        let id = self.new_id(Prefix::IpGroup);
        if allow(caller, Action::Create, caller.own(Thing::IpRules), "IP group", &id).is_err() {
            return Err(forbidden("make IP groups"));
        }
        let now = self.now_us();
        let name = wish.group_name.ok_or_else(|| missing("/group_name"))?;
        let row = IpGroup {
            id,
            organization_id: caller.organization_id.clone(),
            group_name: display_name(name, "/group_name", NAME_LENGTH_MAX)?,
            cidr_blocks: blocks(wish.cidr_blocks.ok_or_else(|| missing("/cidr_blocks"))?)?,
            created_us: now,
            updated_us: now,
        };
        let terms = self.terms(caller, &asked, &row)?;
        self.parts
            .repo
            .insert_ip_group(caller.org(), row.clone(), terms)
            .await
            .map_err(name_taken)?;
        self.forget_receipts(&asked).await;
        Ok(row)
    }

    /// Changes a group of addresses. Filters with it follow at once.
    ///
    /// # Errors
    /// A bad value; a taken name; a missing role; a change that would refuse the caller.
    pub async fn update_ip_group(
        &self,
        caller: &Caller,
        id: &str,
        wish: IpGroupWish,
        change: &Change,
    ) -> Result<IpGroup, Error> {
        let name = wish.group_name;
        let name = name.map(|it| display_name(it, "/group_name", NAME_LENGTH_MAX)).transpose()?;
        let wanted = wish.cidr_blocks.map(blocks).transpose()?;
        for _ in 0..STALE_RETRIES {
            let mut row = self.ip_group(caller, id).await?;
            change.check(&row)?;
            let before_us = row.updated_us;
            row.group_name = name.clone().unwrap_or(row.group_name);
            row.cidr_blocks = wanted.clone().unwrap_or(row.cidr_blocks);
            row.updated_us = self.now_us().max(before_us + 1);
            let guard = Self::guard(caller, change.dry_run);
            let repo = &self.parts.repo;
            match repo.update_ip_group(caller.org(), row.clone(), before_us, guard).await {
                Ok(()) => return Ok(row),
                Err(RepoError::Stale) => {}
                Err(error) => return Err(name_taken(error)),
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Removes a group of addresses that no filter has.
    ///
    /// # Errors
    /// Not found; a filter that has it; a missing role.
    pub async fn delete_ip_group(
        &self,
        caller: &Caller,
        id: &str,
        change: &Change,
    ) -> Result<(), Error> {
        for _ in 0..STALE_RETRIES {
            let row = self.ip_group(caller, id).await?;
            change.check(&row)?;
            let rules = self.parts.repo.ip_rules(caller.org()).await;
            let (filters, _) = rules.map_err(from_repo)?;
            if let Some(filter) = filters.iter().find(|it| it.ip_group_ids.contains(&row.id)) {
                let detail = format!("IP filter {} has this group; change it first", filter.id);
                return Err(Error::new(ErrorKind::Conflict, "ip_group_in_use", detail));
            }
            if change.dry_run {
                return Ok(());
            }
            let gone = self.parts.repo.delete_ip_group(caller.org(), row.id, row.updated_us).await;
            if gone.map_err(from_repo)? {
                return Ok(());
            }
        }
        Err(from_repo(RepoError::Stale))
    }
}

fn blocks(wanted: Vec<String>) -> Result<Vec<String>, Error> {
    if wanted.is_empty() || wanted.len() > BLOCKS_MAX {
        let detail = format!("cidr_blocks holds 1 to {BLOCKS_MAX} blocks, got {}", wanted.len());
        return Err(invalid("/cidr_blocks", detail));
    }
    for (index, text) in wanted.iter().enumerate() {
        if let Err(error) = text.parse::<Cidr>() {
            return Err(invalid(&format!("/cidr_blocks/{index}"), error.to_string()));
        }
    }
    Ok(wanted)
}

fn name_taken(error: RepoError) -> Error {
    match error {
        RepoError::Taken { existing_id } => {
            taken(format!("group_name is already in use by {existing_id}"))
        }
        other => from_repo(other),
    }
}
