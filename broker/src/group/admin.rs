use bytes::Bytes;

use super::GroupError;
use super::effects::Text;
use super::group_state::{Group, Phase};
use super::member::Member;
use super::message::{DescribedGroup, DescribedMember, GroupState, ListedGroup};

impl Group {
    pub(super) fn state(&self) -> GroupState {
        if self.deleting {
            return GroupState::Dead;
        }
        match self.phase {
            Phase::Empty => GroupState::Empty,
            Phase::Joining => GroupState::PreparingRebalance,
            Phase::Syncing => GroupState::CompletingRebalance,
            Phase::Stable => GroupState::Stable,
        }
    }

    pub(super) fn describe(&self) -> DescribedGroup {
        let stable = self.phase == Phase::Stable;
        let protocol = self.protocol.clone().filter(|_| stable).unwrap_or_else(|| "".into());
        let when_stable = |bytes: Bytes| if stable { bytes } else { Bytes::new() };
        let member = |(id, m): (&Text, &Member)| DescribedMember {
            member_id: id.clone(),
            instance_id: m.instance_id.clone(),
            client_id: m.client_id.clone(),
            client_host: m.client_host.clone(),
            metadata: when_stable(m.metadata(&protocol)),
            assignment: when_stable(m.assignment.clone()),
        };
        DescribedGroup {
            group: self.key.group.clone(),
            state: self.state(),
            protocol_type: self.protocol_type.clone().unwrap_or_else(|| "".into()),
            members: self.members.iter().map(member).collect(),
            protocol,
        }
    }

    pub(super) fn list(&self) -> ListedGroup {
        ListedGroup {
            group: self.key.group.clone(),
            protocol_type: self.protocol_type.clone().unwrap_or_else(|| "".into()),
            state: self.state(),
        }
    }

    pub(super) fn check_delete(&self) -> Result<(), GroupError> {
        if self.deleting {
            return Err(GroupError::GroupIdNotFound);
        }
        if self.members.is_empty() && self.phase == Phase::Empty {
            Ok(())
        } else {
            Err(GroupError::NonEmptyGroup)
        }
    }
}
