//! HTTP: the service provider of the tenants, for as long as the host runs.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::{net::TcpListener, task::JoinSet};

use super::Host;
use crate::{
    cli::context,
    clock,
    server::{
        self, App, Carried,
        token::{Tokens, warning},
    },
    store::StoreError,
};

/// Tokens end by the day.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Listens, where that is configured. Answers where.
pub(super) async fn start(
    host: &Arc<Host>,
    work: &mut JoinSet<()>,
) -> anyhow::Result<Option<SocketAddr>> {
    let Some(config) = &host.config.server else {
        return Ok(None);
    };
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = listener.local_addr()?;
    let mut services = Vec::new();
    for tenant in &host.config.tenants {
        let service = context::service(&host.config, tenant, Some(address), &host.store);
        services.push(service.await?.waiting());
    }
    let app = App {
        tenants: Arc::new(services),
        tokens: Arc::new(Tokens::new(
            host.store.directory(),
            config.requests_per_second,
        )),
        hearers: Arc::new(context::hearers(&host.config)),
        carried: Carried::new(host.sites.clone()),
        manner: config.manner,
    };
    let (router, manner, host) = (server::router(app), config.manner, Arc::clone(host));
    work.spawn(async move {
        let ended = async {
            host.end.until_stopped().await;
        };
        if let Err(error) = server::serve(listener, router, manner, ended).await {
            tracing::error!(%error, "HTTP has ended");
        }
    });
    Ok(Some(address))
}

/// Warns of tokens that end soon: when the host starts, and on the days that matter.
pub(super) async fn warn_of_tokens(host: Arc<Host>) {
    let mut starts = true;
    loop {
        if let Err(error) = look(&host, starts).await {
            tracing::error!(%error, "cannot see which tokens end soon");
        }
        starts = false;
        tokio::select! {
            _ = host.end.until_stopped() => return,
            () = tokio::time::sleep(DAY) => {}
        }
    }
}

async fn look(host: &Host, starts: bool) -> Result<(), StoreError> {
    let (directory, now) = (host.store.directory(), clock::now());
    for tenant in &host.config.tenants {
        let id = directory.tenant(&tenant.name).await?;
        for token in directory.tokens(id).await? {
            if let Some(days) = warning(&token, now, starts) {
                tracing::warn!(
                    tenant = tenant.name,
                    token = token.number,
                    name = token.name,
                    days,
                    "a token ends soon: make the next one with `purser token new`, give it to its client, revoke this one"
                );
            }
        }
    }
    Ok(())
}
