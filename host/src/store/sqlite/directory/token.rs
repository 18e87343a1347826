//! Bearer tokens: digests, never tokens.

use jiff::Timestamp;
use purser_engine::ids::MappingName;
use rusqlite::{Connection, Row, params};

use super::NewToken;
use crate::store::{Scope, StoreError, TenantId, TokenRow, sqlite::convert};

pub(super) fn add(c: &Connection, token: &NewToken, digest: &[u8; 32]) -> Result<i64, StoreError> {
    c.prepare_cached(
        "INSERT INTO token (tenant, name, scope, digest, created, expires, site, mapping)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        token.tenant.0,
        token.name,
        token.scope.word(),
        digest,
        convert::time(token.created),
        convert::time(token.expires),
        token.site,
        token.mapping.as_ref().map(MappingName::as_str)
    ])?;
    Ok(c.last_insert_rowid())
}

const COLUMNS: &str = "token, tenant, name, scope, created, expires, revoked, used, site, mapping";

fn token(row: &Row<'_>) -> Result<TokenRow, StoreError> {
    let word: String = row.get(3)?;
    let optional = |column| -> Result<Option<Timestamp>, StoreError> {
        row.get::<_, Option<String>>(column)?
            .map(|text| convert::from_time(&text))
            .transpose()
    };
    Ok(TokenRow {
        number: row.get(0)?,
        tenant: TenantId(row.get(1)?),
        name: row.get(2)?,
        scope: Scope::ALL
            .into_iter()
            .find(|scope| scope.word() == word)
            .ok_or_else(|| StoreError::Corrupt {
                what: "the scope of a token",
                why: "the word is unknown".to_owned(),
            })?,
        created: convert::from_time(&row.get::<_, String>(4)?)?,
        expires: convert::from_time(&row.get::<_, String>(5)?)?,
        revoked: optional(6)?,
        used: optional(7)?,
        site: row.get(8)?,
        mapping: row.get::<_, Option<String>>(9)?.map(MappingName::new),
    })
}

pub(super) fn by_digest(c: &Connection, digest: &[u8; 32]) -> Result<Option<TokenRow>, StoreError> {
    let mut query = c.prepare_cached(&format!("SELECT {COLUMNS} FROM token WHERE digest = ?1"))?;
    let mut rows = query.query([digest])?;
    rows.next()?.map(token).transpose()
}

pub(super) fn of(c: &Connection, tenant: TenantId) -> Result<Vec<TokenRow>, StoreError> {
    let mut query = c.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM token WHERE tenant = ?1 ORDER BY token"
    ))?;
    let mut rows = query.query([tenant.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(token(row)?);
    }
    Ok(found)
}

pub(super) fn revoke(
    c: &Connection,
    tenant: TenantId,
    number: i64,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let ended = c
        .prepare_cached(
            "UPDATE token SET revoked = ?3
             WHERE token = ?1 AND tenant = ?2 AND revoked IS NULL AND expires > ?3",
        )?
        .execute(params![number, tenant.0, convert::time(at)])?;
    Ok(ended > 0)
}

pub(super) fn used(c: &Connection, number: i64, at: Timestamp) -> Result<(), StoreError> {
    c.prepare_cached("UPDATE token SET used = ?2 WHERE token = ?1")?
        .execute(params![number, convert::time(at)])?;
    Ok(())
}
