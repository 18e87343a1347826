//! That a server does what it is measured by: a status alone could lie.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{
    client::ask,
    documents,
    operation::PAGE,
    rival::Rival,
    stock::{BESIDE, MEMBERS, made},
};

/// Does each operation once and looks at what comes of it.
pub async fn check(rival: &Rival) -> Result<()> {
    let of = format!("{} with {} users", rival.who.name(), rival.users);
    reads(rival).await.with_context(|| of.clone())?;
    writes(rival).await.with_context(|| of.clone())?;
    members(rival).await.with_context(|| of)
}

async fn reads(rival: &Rival) -> Result<()> {
    let number = rival.users / 2;
    let id = rival.stock.users.get(number).context("no user")?;
    let name = documents::user_name(number);
    let user = get(rival, &format!("/Users/{id}")).await?;
    is(&user, "/id", id.as_str())?;
    is(&user, "/userName", name.as_str())?;
    is(&user, "/emails/1/type", "home")?;

    let found = get(
        rival,
        &format!("/Users?filter=userName%20eq%20%22{name}%22"),
    )
    .await?;
    is(&found, "/totalResults", 1)?;
    is(&found, "/Resources/0/id", id.as_str())?;

    let page = get(rival, &format!("/Users?startIndex=1&count={PAGE}")).await?;
    let there = rival.users + BESIDE;
    is(&page, "/totalResults", there)?;
    let listed = page.pointer("/Resources").and_then(Value::as_array);
    let listed = listed.map_or(0, Vec::len);
    ensure!(listed == there.min(PAGE), "{listed} users on a page");
    Ok(())
}

async fn writes(rival: &Rival) -> Result<()> {
    let number = rival.users + BESIDE;
    let id = made(&rival.address, "/Users", &documents::user(number)).await?;
    let path = format!("/Users/{id}");
    is(
        &get(rival, &path).await?,
        "/userName",
        documents::user_name(number),
    )?;
    change(rival, &path, &documents::title("Professor")).await?;
    is(&get(rival, &path).await?, "/title", "Professor")?;
    let (status, _) = ask(&rival.address, "DELETE", &path, None).await?;
    ensure!(status == 204, "DELETE answered {status}");
    let (status, _) = ask(&rival.address, "GET", &path, None).await?;
    ensure!(status == 404, "a deleted user is answered with {status}");
    Ok(())
}

async fn members(rival: &Rival) -> Result<()> {
    let (group, member) = rival.stock.edge(0);
    let path = format!("/Groups/{group}");
    change(rival, &path, &documents::member_added(member)).await?;
    let there = listed(rival, &path).await?;
    ensure!(
        there.len() == MEMBERS + 1 && there.iter().any(|id| id == member),
        "whom is added is no member"
    );
    change(rival, &path, &documents::member_removed(member)).await?;
    let there = listed(rival, &path).await?;
    ensure!(
        there.len() == MEMBERS && there.iter().all(|id| id != member),
        "whom is removed is a member"
    );
    Ok(())
}

/// The members of a group.
async fn listed(rival: &Rival, path: &str) -> Result<Vec<String>> {
    let group = get(rival, path).await?;
    let members = group.pointer("/members").and_then(Value::as_array);
    let ids = members
        .into_iter()
        .flatten()
        .filter_map(|it| it.get("value"));
    Ok(ids.filter_map(Value::as_str).map(str::to_owned).collect())
}

async fn get(rival: &Rival, path: &str) -> Result<Value> {
    let (status, document) = ask(&rival.address, "GET", path, None).await?;
    ensure!(status == 200, "GET answered {status}: {document}");
    Ok(document)
}

async fn change(rival: &Rival, path: &str, body: &str) -> Result<()> {
    let (status, document) = ask(&rival.address, "PATCH", path, Some(body)).await?;
    let done = status == 200 || status == 204;
    ensure!(done, "PATCH answered {status}: {document}");
    Ok(())
}

fn is(document: &Value, pointer: &str, expected: impl Into<Value>) -> Result<()> {
    let (found, expected) = (document.pointer(pointer), expected.into());
    ensure!(
        found == Some(&expected),
        "{pointer} is not {expected}: {document}"
    );
    Ok(())
}
