//! People sign in and out, and see who they are. The shapes are those that command lines knew before `v2`.

use api_app::{PageRequest, PasswordWish, SignIn, SignInError, SignedIn};
use api_types::{Failure, PasswordChange, V1LoginRealm, V1Me, V1Session, V1SessionCreate, V1Token};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use common_types::limits::PAGE_SIZE_MAX;

use crate::ApiState;
use crate::http::{ApiResult, HttpFailure, JsonBody, Params, PeerAddress, SessionCaller};
use crate::view;

/// Says how a person signs in. The domain of the address alone decides, so nobody learns who is known. Command lines,
/// which name their `client_id`, would go on to a provider of their own: they are told of passwords.
#[utoipa::path(get, path = "/login/realm", tag = "v1",
    params(
        ("email" = Option<String>, Query, description = "Who wants to sign in"),
        ("client_id" = Option<String>, Query, description = "Which command line asks"),
    ),
    responses(
        (status = 200, description = "The same for everybody of a domain", body = V1LoginRealm),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_login_realm(
    State(state): State<ApiState>,
    params: Params,
) -> ApiResult<Json<V1LoginRealm>> {
    let email = params.first("email").filter(|_| params.first("client_id").is_none());
    let is_sso = match email {
        Some(email) => state.app.signs_in_by_sso(email).await?,
        None => false,
    };
    Ok(Json(V1LoginRealm { is_sso, ..V1LoginRealm::default() }))
}

/// Signs a person in. The token opens what the person may open, for 8 hours, or until it was not used for 2 hours.
#[utoipa::path(post, path = "/sessions", tag = "v1",
    request_body = V1SessionCreate,
    responses(
        (status = 200, description = "Signed in; the token cannot be read again", body = V1Session),
        (status = 403, description = "Incorrect e-mail address or password; `second_factor_required`: right, send `code` as well", body = Failure),
        (status = 429, description = "Too many failures; `Retry-After` says how long to wait", body = Failure),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_session(
    State(state): State<ApiState>,
    PeerAddress(address): PeerAddress,
    JsonBody(body): JsonBody<V1SessionCreate>,
) -> ApiResult<Json<V1Session>> {
    let organization_id = body.org_resource_id.filter(|id| !id.is_empty());
    let (email, password, code) = (body.email, body.password, body.code);
    let asked = SignIn { email, password, code, organization_id, address };
    state.app.sign_in(asked).await.map(signed_in).map_err(refused)
}

/// The answer to somebody who is signed in now.
pub(super) fn signed_in(made: SignedIn) -> Json<V1Session> {
    Json(V1Session {
        token: made.token,
        refresh_token: String::new(),
        user: view::v1_person(made.user),
        organization: view::v1_organization(made.organization),
    })
}

/// The answer to somebody who is not.
pub(super) fn refused(error: SignInError) -> HttpFailure {
    match error {
        SignInError::Refused(error) => error.into(),
        SignInError::Throttled(wait) => {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            let detail = format!("too many failed attempts to sign in; wait {seconds} s");
            let status = StatusCode::TOO_MANY_REQUESTS;
            HttpFailure::http(status, "sign_in_throttled", detail).after(seconds)
        }
    }
}

/// Changes the password of the person who is signed in. Every other session of theirs ends.
#[utoipa::path(post, path = "/weir/v1/password", tag = "weir/v1",
    security(("session" = [])),
    request_body = PasswordChange,
    responses(
        (status = 204, description = "Changed"),
        (status = 403, description = "The old password is not the one that they have", body = Failure),
        (status = 429, description = "Too many failures; `Retry-After` says how long to wait", body = Failure),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn update_password(
    State(state): State<ApiState>,
    SessionCaller { caller, token }: SessionCaller,
    JsonBody(body): JsonBody<PasswordChange>,
) -> ApiResult<StatusCode> {
    let wish = PasswordWish { old: body.old_password, new: body.new_password, token };
    state.app.change_password(&caller, wish).await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs the person out: the token opens nothing any more.
#[utoipa::path(delete, path = "/sessions", tag = "v1",
    security(("session" = [])),
    responses(
        (status = 204, description = "The session is over"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_session(
    State(state): State<ApiState>,
    session: SessionCaller,
) -> ApiResult<StatusCode> {
    state.app.sign_out(&session.caller, &session.token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows who is signed in, and the environments that they may see.
#[utoipa::path(get, path = "/me", tag = "v1",
    security(("session" = [])),
    responses(
        (status = 200, description = "The person", body = V1Me),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_me(
    State(state): State<ApiState>,
    SessionCaller { caller, .. }: SessionCaller,
) -> ApiResult<Json<V1Me>> {
    let (user, organization) = state.app.myself(&caller).await?;
    let mut request = PageRequest { size: Some(PAGE_SIZE_MAX), token: None };
    let mut accounts = Vec::new();
    // Bounded by the rows of the store: each token is further than the one before.
    loop {
        let page = state.app.environments(&caller, &request).await?;
        accounts.extend(page.items.into_iter().map(view::v1_environment));
        request.token = page.next;
        if request.token.is_none() {
            break;
        }
    }
    let user = view::v1_person(user);
    let mut organization = view::v1_organization(organization);
    organization.audit_log = state.app.audit_cluster(&caller).await?.map(view::v1_audit_log);
    Ok(Json(V1Me { user, accounts, organization }))
}

/// Gives a token for the clusters: the session's own, which opens `kafka/v3` as well.
#[utoipa::path(post, path = "/access_tokens", tag = "v1",
    security(("session" = [])),
    responses(
        (status = 200, description = "The token", body = V1Token),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_access_token(session: SessionCaller) -> Json<V1Token> {
    Json(V1Token { token: session.token })
}
