use crate::{CellProvider, Desired, ProviderError, Step, plan};

/// How far one look at the cell went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advance {
    /// Nothing is missing.
    Converged,
    /// One step was applied; look again.
    Applied(Step),
    /// One step was refused for good; look again without it.
    Refused {
        /// The step.
        step: Step,
        /// Why.
        why: String,
    },
}

/// Observes, plans, and applies at most one step.
///
/// # Errors
/// When the cell does not answer. Nothing is concluded from half an observation.
pub async fn advance(
    provider: &dyn CellProvider,
    desired: &Desired,
) -> Result<Advance, ProviderError> {
    let observed = provider.observe(desired.tenant).await?;
    let Some(step) = plan(desired, &observed).into_iter().next() else {
        return Ok(Advance::Converged);
    };
    match provider.apply(desired.tenant, step.clone()).await {
        Ok(()) => Ok(Advance::Applied(step)),
        Err(ProviderError::BadSpec(why)) => Ok(Advance::Refused { step, why }),
        Err(ProviderError::Transient(why)) => Err(ProviderError::Transient(why)),
    }
}
