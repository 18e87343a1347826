//! Connections: how many, how slow, how they end.

use std::{io, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::Semaphore};

/// What a client may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// Connections at once; more wait in the system's queue.
    pub connections: usize,
    /// For the head of a request, and for an idle connection.
    pub head: Duration,
    /// For the body of a request.
    pub body: Duration,
    /// For what has begun, once the host is to end.
    pub end: Duration,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            connections: 1_024,
            head: Duration::from_secs(30),
            body: Duration::from_secs(30),
            end: Duration::from_secs(10),
        }
    }
}

/// Serves until `ended`; what has begun by then is answered.
///
/// # Errors
/// The system gives no connection any more.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    manner: Manner,
    ended: impl Future<Output = ()>,
) -> io::Result<()> {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(manner.connections));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(manner.head)
        // A head of so many bytes is no request of a client that means well.
        .max_buf_size(64 << 10);
    tokio::pin!(ended);
    loop {
        let turn = tokio::select! {
            () = &mut ended => break,
            turn = Arc::clone(&room).acquire_owned() => turn,
        };
        let Ok(turn) = turn else { break };
        let stream = tokio::select! {
            () = &mut ended => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::error!(%error, "cannot take a connection");
                    // Too many open files, say: time may help, haste does not.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        // Answers are small and waited for.
        let _as_it_is = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                // The client went away, or was too slow: its business.
                tracing::debug!(%error, "a connection broke off");
            }
            drop(turn);
        });
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(manner.end) => {
            tracing::warn!("ended before every connection had been answered");
        }
    }
    Ok(())
}
