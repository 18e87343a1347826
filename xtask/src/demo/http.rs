//! Just enough HTTP to look at a server on this machine: one GET, one JSON answer.
//!
//! A client library would be built for this alone; the answers of our own server
//! carry their length, and the connection is closed after each.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The document at `http://{authority}{path}`.
pub fn get(authority: &str, path: &str, token: &str) -> Result<Value> {
    let mut stream = TcpStream::connect(authority)
        .with_context(|| format!("cannot connect to the server at {authority}"))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\n\
         Connection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .context("the server's answer broke off")?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .context("the server's answer has no body")?;
    let status = head.split_whitespace().nth(1).unwrap_or_default();
    if status != "200" {
        bail!("the server answered {status} for {path}");
    }
    serde_json::from_str(body).context("the server's answer is not JSON")
}
