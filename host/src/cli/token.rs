//! `purser token`: bearer tokens for the clients of a tenant.

use jiff::{SignedDuration, Timestamp};
use purser_engine::ids::MappingName;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::{
    context::{self, Context},
    exit::Exit,
    output::Output,
};
use crate::{
    clock, server,
    server::token::{self, DAYS, MOST_DAYS, WARNINGS},
    store::{Scope, TokenRow, sqlite::directory::NewToken},
};

/// Make, list and revoke the tokens with which clients reach a tenant
#[derive(Debug, clap::Args, Serialize, Deserialize)]
#[command(after_help = "\
A token is shown once, when it is made. Several may be good at a time: make the next
one, give it to the client, then revoke the old one.

Examples:
  purser token new people --name wordpress
  purser token list people
  purser token revoke people 3")]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    /// Make a token; prints the SCIM base URL and the token, once
    New {
        /// The tenant, as in [tenant.NAME]
        tenant: String,
        /// What to call it, so that it can be told from others
        #[arg(long, default_value = "client")]
        name: String,
        /// What it may be used for
        #[arg(long, default_value = "scim", value_parser = clap::builder::PossibleValuesParser::new(["scim", "events", "manage"]))]
        scope: String,
        /// Days until it ceases to be good
        #[arg(long, value_name = "N", default_value_t = DAYS, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_DAYS)))]
        days: u32,
        /// The site for which its holder speaks, as in `site` of a source or target: what
        /// it writes is not told to that site again
        #[arg(long, value_name = "NAME")]
        #[serde(default)]
        site: Option<String>,
        /// The only mapping that it opens, for `events` and `manage`: else the whole tenant
        #[arg(long, value_name = "NAME")]
        #[serde(default)]
        mapping: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show the tokens of a tenant; never the tokens themselves
    List {
        /// The tenant, as in [tenant.NAME]
        tenant: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// End a token at once
    Revoke {
        /// The tenant, as in [tenant.NAME]
        tenant: String,
        /// Its number in the list
        number: i64,
    },
}

impl Args {
    /// Whether it changes nothing.
    pub(super) fn reads(&self) -> bool {
        matches!(self.what, What::List { .. })
    }
}

pub(super) async fn execute(
    args: Args,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let now = clock::now();
    match args.what {
        What::New {
            tenant,
            name,
            scope,
            days,
            site,
            mapping,
            json,
        } => {
            let tenant = context::tenant(context.config(), &tenant)?;
            let scope = Scope::ALL
                .into_iter()
                .find(|one| one.word() == scope)
                .unwrap_or(Scope::Scim);
            let mapping = match mapping {
                Some(_) if scope == Scope::Scim => {
                    return Err(super::error::UserError::usage(
                        "a token for `scim` opens a tenant, not a mapping",
                        "leave `--mapping` out, or say `--scope events` or `--scope manage`",
                    )
                    .into());
                }
                Some(name) => Some(context.mapping(&name)?.name.clone()),
                None => None,
            };
            let directory = context.store()?.directory();
            let number = directory.tenant(&tenant.name).await?;
            let expires = now + SignedDuration::from_hours(24 * i64::from(days));
            let new = NewToken {
                tenant: number,
                name: name.clone(),
                scope,
                site,
                mapping,
                created: now,
                expires,
            };
            let made = token::make(&directory, new).await?;
            let base = server::base_of(&context::public_url(context.config(), None), &tenant.name);
            let token = made.token.expose_secret();
            if json {
                let line = serde_json::json!({
                    "number": made.number, "base_url": base, "token": token,
                    "name": name, "scope": scope.word(), "expires": day(expires),
                });
                output.data(line)?;
            } else {
                output.data(format_args!("SCIM base URL  {base}"))?;
                output.data(format_args!("Bearer token   {token}"))?;
                output.say(format_args!(
                    "Token {} is good until {}. It is not shown again.",
                    made.number,
                    day(expires)
                ))?;
            }
            Ok(Exit::InStep)
        }
        What::List { tenant, json } => {
            let tenant = context::tenant(context.config(), &tenant)?;
            let directory = context.store()?.directory();
            let number = directory.tenant(&tenant.name).await?;
            for row in directory.tokens(number).await? {
                if json {
                    output.data(as_json(&row, now))?;
                } else {
                    let used = row.used.map_or("never used".to_owned(), |used| {
                        format!("used {}", minute(used))
                    });
                    let only = row.mapping.as_ref();
                    let only = only.map_or(String::new(), |name| format!(", only for {name}"));
                    output.data(format_args!(
                        "{:>4}  {:<8}{:<16}  {}, {used}{only}",
                        row.number,
                        row.scope.word(),
                        row.name,
                        state(&row, now)
                    ))?;
                }
            }
            Ok(Exit::InStep)
        }
        What::Revoke { tenant, number } => {
            let tenant = context::tenant(context.config(), &tenant)?;
            let directory = context.store()?.directory();
            let of = directory.tenant(&tenant.name).await?;
            if directory.revoke_token(of, number, now).await? {
                output.say(format_args!("Token {number} opens nothing any more."))?;
            } else {
                return Err(super::error::UserError::usage(
                    format!(
                        "the tenant `{}` has no token {number} that is good",
                        tenant.name
                    ),
                    format!("`purser token list {}` shows them", tenant.name),
                )
                .into());
            }
            Ok(Exit::InStep)
        }
    }
}

fn as_json(row: &TokenRow, now: Timestamp) -> serde_json::Value {
    serde_json::json!({
        "number": row.number, "name": row.name, "scope": row.scope.word(),
        "created": day(row.created), "expires": day(row.expires),
        "good": is_good(row, now), "used": row.used.map(minute), "site": row.site,
        "mapping": row.mapping.as_ref().map(MappingName::as_str),
    })
}

fn is_good(row: &TokenRow, now: Timestamp) -> bool {
    row.revoked.is_none() && row.expires > now
}

fn state(row: &TokenRow, now: Timestamp) -> String {
    if let Some(revoked) = row.revoked {
        return format!("revoked {}", day(revoked));
    }
    if row.expires <= now {
        return format!("expired {}", day(row.expires));
    }
    let days = row.expires.duration_since(now).as_hours() / 24;
    let soon = WARNINGS.first().is_some_and(|first| days < *first);
    let soon = if soon { ", soon" } else { "" };
    format!("good until {}{soon}", day(row.expires))
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%MZ").to_string()
}
