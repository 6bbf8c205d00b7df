use super::GroupError;
use super::cx::Cx;
use super::group_state::Group;
use super::message::{LeaveMember, LeaveRequest, LeaveResponse, LeaveResult};

impl Group {
    pub(super) fn leave(&mut self, cx: &mut Cx<'_>, request: &LeaveRequest) -> LeaveResponse {
        if self.deleting {
            return Err(GroupError::CoordinatorNotAvailable);
        }
        let before = self.members.len();
        let mut results = Vec::with_capacity(request.members.len());
        for member in &request.members {
            let result = self.leave_one(cx, member);
            results.push(LeaveResult { member: member.clone(), result });
        }
        if self.members.len() < before {
            self.members_left(cx);
        } else {
            self.complete_join_if_all_are_here(cx);
        }
        Ok(results)
    }

    fn leave_one(&mut self, cx: &mut Cx<'_>, leaver: &LeaveMember) -> Result<(), GroupError> {
        let id = match &leaver.instance_id {
            Some(instance) if leaver.member_id.is_empty() => {
                self.instances.get(instance).cloned().ok_or(GroupError::UnknownMemberId)?
            }
            Some(_) | None => leaver.member_id.clone(),
        };
        if leaver.instance_id.is_none() && self.expected.remove(&id).is_some() {
            return Ok(());
        }
        self.check_member(&id, leaver.instance_id.as_deref())?;
        self.remove_member(cx, &id, GroupError::UnknownMemberId);
        Ok(())
    }
}
