use api_app::{AcceptWish, InvitationQuery, InvitationWish, NewInvitation, Versioned};
use api_types::{Failure, Invitation, InvitationAccept, InvitationCreate, List, V1Session};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::sessions::{refused, signed_in};
use crate::ApiState;
use crate::http::{
    ApiResult, Changing, CloudCaller, Creation, JsonBody, Params, PeerAddress, made, tagged,
};
use crate::view;

/// Lists invitations.
#[utoipa::path(get, path = "/iam/v2/invitations", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("email" = Option<String>, Query, description = "Only to this e-mail address"),
        ("status" = Option<String>, Query, description = "Only with this status"),
        ("user" = Option<String>, Query, description = "Only of this person: `u-…`"),
        ("creator" = Option<String>, Query, description = "Only by this one: `u-…` or `sa-…`"),
        ("page_size" = Option<u32>, Query, description = "Objects at most: 1 to 100, 10 by default"),
        ("page_token" = Option<String>, Query, description = "From `metadata.next` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = List<Invitation>),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn list_invitations(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<Invitation>>> {
    let query = InvitationQuery {
        email: params.owned("email"),
        status: params.owned("status"),
        user: params.owned("user"),
        creator: params.owned("creator"),
    };
    let page = state.app.invitations(&caller, query, &params.page()?).await?;
    let (endpoints, now_us) = (state.app.endpoints(), state.clock.wall_us());
    let place = ("iam/v2", "Invitation", "/iam/v2/invitations");
    let view = |row| view::invitation(endpoints, row, now_us);
    Ok(Json(view::list(endpoints, place, &params, page, view)))
}

/// Invites somebody. No letter is sent: the answer holds the link, once, and whoever invites hands it on.
#[utoipa::path(post, path = "/iam/v2/invitations", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once in 24 hours under this key; a repetition gets the same answer"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything, makes nothing, and answers 200 with what would be made"),
    ),
    request_body = InvitationCreate,
    responses(
        (status = 201, description = "The new invitation with its link, which cannot be read again", body = Invitation),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_invitation(
    State(state): State<ApiState>,
    Creation { caller, body, terms }: Creation<InvitationCreate>,
) -> ApiResult<Response> {
    let (endpoints, now_us) = (state.app.endpoints(), state.clock.wall_us());
    let answer = |new: &NewInvitation| {
        made(StatusCode::CREATED, &view::new_invitation(endpoints, new.clone(), now_us))
    };
    let wish = InvitationWish { email: body.email, auth_type: body.auth_type };
    let new = state.app.create_invitation(&caller, wish, terms.asked(&answer)).await;
    terms.reply(&state, &caller, new, answer).await
}

/// Reads an invitation.
#[utoipa::path(get, path = "/iam/v2/invitations/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`i-…`")),
    responses(
        (status = 200, description = "The invitation", body = Invitation),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn get_invitation(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let row = state.app.invitation(&caller, &id).await?;
    let now_us = state.clock.wall_us();
    Ok(tagged(row.version(), view::invitation(state.app.endpoints(), row, now_us)))
}

/// Deletes an invitation. Whoever did not accept it yet is no person of the organisation any more.
#[utoipa::path(delete, path = "/iam/v2/invitations/{id}", tag = "iam/v2",
    security(("cloud_key" = [])),
    params(
        ("id" = String, Path, description = "`i-…`"),
        ("If-Match" = Option<String>, Header, description = "Only when the object still has this ETag; else 412"),
        ("dry_run" = Option<bool>, Query, description = "Checks everything and changes nothing"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn delete_invitation(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
    changing: Changing,
) -> ApiResult<Response> {
    state.app.delete_invitation(&caller, &id, &changing.0).await?;
    Ok(changing.gone())
}

/// Gives an invitation another link, for 72 hours from now. The link before it opens nothing any more.
#[utoipa::path(post, path = "/weir/v1/invitations/{id}/link", tag = "weir/v1",
    security(("cloud_key" = [])),
    params(("id" = String, Path, description = "`i-…`")),
    responses(
        (status = 200, description = "The invitation with its link, which cannot be read again", body = Invitation),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_invitation_link(
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    Path(id): Path<String>,
) -> ApiResult<Json<Invitation>> {
    let made = state.app.renew_invitation(&caller, &id).await?;
    Ok(Json(view::new_invitation(state.app.endpoints(), made, state.clock.wall_us())))
}

/// Accepts an invitation: the person has a password from now on, and is signed in. The link opens once.
#[utoipa::path(post, path = "/weir/v1/memberships", tag = "weir/v1",
    request_body = InvitationAccept,
    responses(
        (status = 200, description = "Signed in; the token cannot be read again", body = V1Session),
        (status = 403, description = "The invitation is over, was accepted before, or there was none", body = Failure),
        (status = 429, description = "Too many failures; `Retry-After` says how long to wait", body = Failure),
        (status = "4XX", description = "The request was refused", body = Failure),
        (status = "5XX", description = "The server failed", body = Failure),
    ))]
pub(crate) async fn create_membership(
    State(state): State<ApiState>,
    PeerAddress(address): PeerAddress,
    JsonBody(body): JsonBody<InvitationAccept>,
) -> ApiResult<Json<V1Session>> {
    let full_name = body.full_name.filter(|name| !name.is_empty());
    let wish = AcceptWish { token: body.token, password: body.password, full_name, address };
    state.app.accept_invitation(wish).await.map(signed_in).map_err(refused)
}
