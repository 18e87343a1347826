//! The load: connections that each send the next request as soon as the answer to the
//! last one is there, on one thread.
//!
//! Requests are bytes and answers are skipped, because a client that is as slow as a
//! fast server would hide how fast that is.

use std::{
    cell::{Cell, RefCell},
    fmt::Write as _,
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use futures::future::try_join_all;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::wire;

/// An answer that takes longer will not come.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where a server is, and how it is asked.
#[derive(Clone)]
pub struct Address {
    socket: SocketAddr,
    /// The path of its base address.
    path: String,
    /// All that requests say alike.
    headers: String,
}

impl Address {
    /// Of a base address `http://IP:PORT/PATH`.
    pub fn new(base: &str, token: &str) -> Result<Self> {
        let place = base.strip_prefix("http://").context("no http")?;
        let (socket, path) = place.split_once('/').context("no path")?;
        Ok(Self {
            socket: socket
                .parse()
                .with_context(|| format!("no address: {base}"))?,
            path: format!("/{path}"),
            headers: format!(
                "Host: {socket}\r\nAuthorization: Bearer {token}\r\nAccept: application/scim+json\r\n"
            ),
        })
    }

    /// A request, to a path below the base address.
    pub fn request(&self, method: &str, path: &str, body: Option<&str>) -> Vec<u8> {
        let mut text = String::with_capacity(400 + body.map_or(0, str::len));
        let _to_memory = write!(
            text,
            "{method} {}{path} HTTP/1.1\r\n{}",
            self.path, self.headers
        );
        if let Some(body) = body {
            let length = body.len();
            let _to_memory = write!(
                text,
                "Content-Type: application/scim+json\r\nContent-Length: {length}\r\n\r\n{body}"
            );
        } else {
            text.push_str("\r\n");
        }
        text.into_bytes()
    }
}

/// A connection. It connects again where the server has ended it.
struct Connection {
    socket: SocketAddr,
    stream: Option<TcpStream>,
    bytes: Vec<u8>,
}

impl Connection {
    async fn new(socket: SocketAddr) -> Result<Self> {
        Ok(Self {
            socket,
            stream: Some(connect(socket).await?),
            bytes: Vec::with_capacity(1 << 17),
        })
    }

    /// Sends a request and reads the whole answer; says its status.
    async fn exchange(&mut self, request: &[u8], mut kept: Option<&mut Vec<u8>>) -> Result<u16> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.socket).await?,
        };
        stream.write_all(request).await?;
        let bytes = &mut self.bytes;
        bytes.clear();
        let mut head = loop {
            ensure!(
                stream.read_buf(bytes).await? > 0,
                "the connection ended before an answer"
            );
            if let Some(head) = wire::head(bytes)? {
                break head;
            }
        };
        let mut at = head.length;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            at += head.body.take(rest, kept.as_deref_mut())?;
            if head.body.is_over() {
                break;
            }
            bytes.clear();
            at = 0;
            if stream.read_buf(bytes).await? == 0 {
                ensure!(
                    head.body == wire::Body::ToEnd,
                    "the connection ended within an answer"
                );
                break;
            }
        }
        ensure!(at == bytes.len(), "there is more than the answer");
        if head.keeps {
            self.stream = Some(stream);
        }
        Ok(head.status)
    }
}

async fn connect(socket: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(socket).await?;
    // Requests are written at once: there is nothing to wait for.
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// How much is sent.
pub struct Load<'a> {
    /// No request begins later.
    pub time: Duration,
    /// And not more than so many.
    pub most: usize,
    /// A status that counts; any other is an error.
    pub expected: &'a [u16],
    /// Whether the content of the answers is wanted.
    pub keeps: bool,
}

/// What came of it.
#[derive(Default)]
pub struct Took {
    /// From the first request to the last answer.
    pub seconds: f64,
    /// Of each request, in seconds, as they ended.
    pub latencies: Vec<f64>,
    /// The number of a request and the content of its answer, where that was wanted.
    pub answers: Vec<(usize, Vec<u8>)>,
}

/// Connections to a server.
pub struct Client(Vec<Connection>);

impl Client {
    /// Connects. Servers end connections that nobody uses for a while, so that each
    /// measurement has its own, made before its clock starts.
    pub async fn new(address: &Address, connections: usize) -> Result<Self> {
        let all = (0..connections).map(|_| Connection::new(address.socket));
        Ok(Self(try_join_all(all).await?))
    }

    /// Sends requests over all connections; `request` gives the one with a number, and
    /// the numbers count from 0. Each connection sends one at least.
    pub async fn drive<R: AsRef<[u8]>>(
        &mut self,
        load: &Load<'_>,
        request: impl Fn(usize) -> R,
    ) -> Result<Took> {
        let next = Cell::new(0);
        let took = RefCell::new(Took::default());
        let began = Instant::now();
        let all = self.0.iter_mut().map(|connection| {
            let (next, took, request) = (&next, &took, &request);
            async move {
                loop {
                    let number = next.get();
                    if number >= load.most {
                        return Ok(());
                    }
                    next.set(number + 1);
                    let bytes = request(number);
                    let mut answer = load.keeps.then(Vec::new);
                    let sent = Instant::now();
                    let exchange = connection.exchange(bytes.as_ref(), answer.as_mut());
                    let status = exchange.await?;
                    let mut took = took.borrow_mut();
                    took.latencies.push(sent.elapsed().as_secs_f64());
                    if !load.expected.contains(&status) {
                        bail!("request {number} was answered with {status}");
                    }
                    took.answers.extend(answer.map(|answer| (number, answer)));
                    if began.elapsed() >= load.time {
                        return Ok(());
                    }
                }
            }
        });
        let all = try_join_all(all);
        tokio::time::timeout(PATIENCE + load.time, all)
            .await
            .context("there is no answer")??;
        let mut took = took.into_inner();
        took.seconds = began.elapsed().as_secs_f64();
        Ok(took)
    }

    /// Sends these, each once.
    pub async fn send(&mut self, requests: &[Vec<u8>], expected: &[u16]) -> Result<()> {
        let load = Load {
            // All of them, however long it takes.
            time: Duration::from_secs(600),
            most: requests.len(),
            expected,
            keeps: false,
        };
        let request = |number: usize| requests.get(number).map_or(&[][..], Vec::as_slice);
        let took = self.drive(&load, request).await?;
        ensure!(took.latencies.len() == requests.len(), "it took too long");
        Ok(())
    }
}

/// One request on a connection of its own: the status, and the document, which is null
/// where there is none.
pub async fn ask(
    address: &Address,
    method: &str,
    path: &str,
    body: Option<&str>,
) -> Result<(u16, Value)> {
    let mut connection = Connection::new(address.socket).await?;
    let mut answer = Vec::new();
    let request = address.request(method, path, body);
    let exchange = connection.exchange(&request, Some(&mut answer));
    let status = tokio::time::timeout(PATIENCE, exchange)
        .await
        .context("there is no answer")??;
    if answer.is_empty() {
        return Ok((status, Value::Null));
    }
    let text = String::from_utf8_lossy(&answer);
    let document = serde_json::from_str(&text).with_context(|| format!("no JSON: {text}"))?;
    Ok((status, document))
}

#[cfg(test)]
mod tests {
    use std::{io::Read as _, io::Write as _, net::TcpListener, thread};

    use super::*;

    /// Answers each request with the next of these, on whichever connection it comes;
    /// an answer that says so ends its connection.
    fn server(answers: &'static [&'static str]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}/v2", listener.local_addr().unwrap());
        thread::spawn(move || {
            let mut answers = answers.iter();
            while let Ok((mut stream, _)) = listener.accept() {
                let mut bytes = [0; 4096];
                while stream.read(&mut bytes).is_ok_and(|length| length > 0) {
                    let answer = answers.next().unwrap();
                    stream.write_all(answer.as_bytes()).unwrap();
                    if answer.contains("close") {
                        break;
                    }
                }
            }
        });
        base
    }

    fn drive(base: &str, expected: &[u16]) -> Result<Took> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let address = Address::new(base, "token")?;
        let load = Load {
            time: Duration::from_secs(60),
            most: 3,
            expected,
            keeps: true,
        };
        runtime.block_on(async {
            let mut client = Client::new(&address, 1).await?;
            let request = |number| address.request("GET", &format!("/{number}"), None);
            client.drive(&load, request).await
        })
    }

    const KEPT: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhe";
    const CLOSED: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nllo";
    const CHUNKED: &str =
        "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n!\r\n0\r\n\r\n";

    #[test]
    fn a_connection_that_has_ended_is_made_anew() {
        let took = drive(&server(&[KEPT, CLOSED, CHUNKED]), &[200, 201]).unwrap();
        let text: Vec<u8> = took
            .answers
            .into_iter()
            .flat_map(|(_, text)| text)
            .collect();
        assert_eq!(String::from_utf8(text).unwrap(), "hello!");
        assert_eq!(took.latencies.len(), 3);
    }

    #[test]
    fn another_status_is_no_measurement() {
        let error = drive(&server(&[KEPT, KEPT, CHUNKED]), &[200])
            .err()
            .unwrap();
        assert_eq!(error.to_string(), "request 2 was answered with 201");
    }
}
