//! Bearer tokens: digests, never tokens.

use std::sync::atomic::Ordering;

use jiff::Timestamp;
use purser_engine::ids::MappingName;
use rusqlite::{Connection, Row, params};

use super::Directory;
use crate::{
    failpoint::Step,
    store::{Scope, StoreError, TenantId, TokenRow, sqlite::convert},
};

/// A token to be kept, but for its digest.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Whose resources it opens.
    pub tenant: TenantId,
    /// What it is called.
    pub name: String,
    /// What it may be used for.
    pub scope: Scope,
    /// The site for which its holder speaks, where it is one.
    pub site: Option<String>,
    /// The only mapping that it opens; else the whole tenant.
    pub mapping: Option<MappingName>,
    /// Now.
    pub created: Timestamp,
    /// When it ceases to be valid.
    pub expires: Timestamp,
}

/// Tokens.
impl Directory {
    /// Keeps the SHA-256 digest of a new token; answers its number.
    pub async fn add_token(&self, token: NewToken, digest: [u8; 32]) -> Result<i64, StoreError> {
        let number = self
            .store
            .writer
            .run(Step::Token, move |c| add(c, &token, &digest))
            .await;
        self.store.tokens.fetch_add(1, Ordering::AcqRel);
        number
    }

    /// Grows with every token that comes or ends.
    #[must_use]
    pub fn tokens_changed(&self) -> u64 {
        self.store.tokens.load(Ordering::Acquire)
    }

    /// The token with this digest, whatever has become of it.
    pub async fn token(&self, digest: [u8; 32]) -> Result<Option<TokenRow>, StoreError> {
        self.store.readers.run(move |c| by_digest(c, &digest)).await
    }

    /// The tokens of a tenant, oldest first.
    pub async fn tokens(&self, tenant: TenantId) -> Result<Vec<TokenRow>, StoreError> {
        self.store.readers.run(move |c| of(c, tenant)).await
    }

    /// Ends a token. Answers whether it was valid until now.
    pub async fn revoke_token(
        &self,
        tenant: TenantId,
        number: i64,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let revoked = self
            .store
            .writer
            .run(Step::Token, move |c| revoke(c, tenant, number, at))
            .await;
        self.store.tokens.fetch_add(1, Ordering::AcqRel);
        revoked
    }

    /// Remembers when a token was used. Nobody waits for the disk.
    pub async fn token_used(&self, number: i64, at: Timestamp) -> Result<(), StoreError> {
        self.store
            .writer
            .unnamed(move |c| used(c, number, at))
            .await
    }
}

fn add(c: &Connection, token: &NewToken, digest: &[u8; 32]) -> Result<i64, StoreError> {
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

fn by_digest(c: &Connection, digest: &[u8; 32]) -> Result<Option<TokenRow>, StoreError> {
    let mut query = c.prepare_cached(&format!("SELECT {COLUMNS} FROM token WHERE digest = ?1"))?;
    let mut rows = query.query([digest])?;
    rows.next()?.map(token).transpose()
}

fn of(c: &Connection, tenant: TenantId) -> Result<Vec<TokenRow>, StoreError> {
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

fn revoke(
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

fn used(c: &Connection, number: i64, at: Timestamp) -> Result<(), StoreError> {
    c.prepare_cached("UPDATE token SET used = ?2 WHERE token = ?1")?
        .execute(params![number, convert::time(at)])?;
    Ok(())
}
