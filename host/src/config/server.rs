//! `[server]`: how the host is reached over HTTP.

use std::{net::SocketAddr, num::NonZeroU32, time::Duration};

use serde::Deserialize;
use toml::{Spanned, de::DeValue};
use url::Url;

use super::reader::Reader;
use crate::server::Manner;

/// Requests a second of one token unless configured otherwise.
const DEFAULT_RATE: NonZeroU32 = NonZeroU32::MIN.saturating_add(999);

/// `[server]`
#[derive(Clone, Debug, PartialEq)]
pub struct ServerConfig {
    /// The address and port to listen on. `127.0.0.1:8020`.
    pub listen: SocketAddr,
    /// How clients reach the host, through a proxy or not; unless given,
    /// `http://` and the address that it listens on.
    pub public_url: Option<Url>,
    /// Requests that one token may make in a second. 1,000.
    pub requests_per_second: NonZeroU32,
    /// How slow a client may be, and how many there may be.
    pub manner: Manner,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8020)),
            public_url: None,
            requests_per_second: DEFAULT_RATE,
            manner: Manner::default(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    listen: Option<Spanned<String>>,
    public_url: Option<Spanned<String>>,
    requests_per_second: Option<Spanned<u32>>,
    connections: Option<Spanned<u32>>,
    body_seconds: Option<Spanned<u32>>,
    head_seconds: Option<Spanned<u32>>,
    end_seconds: Option<Spanned<u32>>,
}

/// Reads the section, if it is there.
pub(super) fn read<'t>(
    section: Option<Spanned<DeValue<'t>>>,
    reader: &mut Reader<'t>,
) -> Option<ServerConfig> {
    let section = section?;
    let span = section.span();
    let raw: Raw = reader.read(section, span.clone())?;
    let default = ServerConfig::default();
    let listen = match raw.listen {
        None => default.listen,
        Some(listen) => {
            let address = listen.get_ref().parse();
            if address.is_err() {
                reader.problem(
                    listen.span(),
                    "this is not an address and a port",
                    "write numbers, such as \"127.0.0.1:8020\" or \"[::1]:8020\"",
                );
            }
            address.ok()?
        }
    };
    let public_url = raw
        .public_url
        .and_then(|url| reader.address(&url, "https://id.example.org"));
    let rate = reader.above_zero(raw.requests_per_second, DEFAULT_RATE.get());
    let default = default.manner;
    let connections = reader.above_zero(
        raw.connections,
        u32::try_from(default.connections).unwrap_or(u32::MAX),
    );
    let mut seconds = |given, default: Duration| {
        let default = u32::try_from(default.as_secs()).unwrap_or(u32::MAX);
        Duration::from_secs(reader.above_zero(given, default).into())
    };
    Some(ServerConfig {
        listen,
        public_url,
        requests_per_second: NonZeroU32::new(rate)?,
        manner: Manner {
            connections: usize::try_from(connections).unwrap_or(usize::MAX),
            head: seconds(raw.head_seconds, default.head),
            body: seconds(raw.body_seconds, default.body),
            end: seconds(raw.end_seconds, default.end),
        },
    })
}
