//! Answers of HTTP/1.1, read as they arrive and mostly thrown away: the load must cost
//! less than whoever is measured by it.

use anyhow::{Context, Result, bail};

/// Headers that an answer may have at most.
const HEADERS: usize = 64;

/// What the head of an answer says.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    pub status: u16,
    /// Bytes that it takes itself.
    pub length: usize,
    pub body: Body,
    /// Whether the connection may be used for another request.
    pub keeps: bool,
}

/// What is still to come of a body.
#[derive(Debug, PartialEq, Eq)]
pub enum Body {
    /// So many bytes more.
    Length(usize),
    Chunked(Chunk),
    /// All that comes before the connection ends.
    ToEnd,
}

/// Where in a chunked body (RFC 9112 §7.1) the reader stands.
#[derive(Debug, PartialEq, Eq)]
pub enum Chunk {
    /// In the line with a size: its value so far, and whether its digits are over.
    Size(usize, bool),
    /// So many bytes of data, and the end of their line.
    Data(usize),
    /// In a line behind the last chunk, with so many bytes.
    Trailer(usize),
    Done,
}

/// Reads a head; none while it is not there as a whole.
pub fn head(bytes: &[u8]) -> Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(length) = answer.parse(bytes).context("no HTTP")? else {
        return Ok(None);
    };
    let status = answer.code.context("an answer without a status")?;
    // RFC 9112 §9.3: 1.1 keeps a connection unless it says otherwise, 1.0 the other way round.
    let mut keeps = answer.version == Some(1);
    let mut body = Body::ToEnd;
    for header in answer.headers.iter() {
        let value = str::from_utf8(header.value).unwrap_or_default().trim();
        if header.name.eq_ignore_ascii_case("content-length") && body == Body::ToEnd {
            body = Body::Length(value.parse().context("a length that is no number")?);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            body = Body::Chunked(Chunk::Size(0, false));
        } else if header.name.eq_ignore_ascii_case("connection") {
            keeps = !value.eq_ignore_ascii_case("close");
        }
    }
    if status == 204 || status == 304 {
        body = Body::Length(0);
    }
    if body == Body::ToEnd {
        keeps = false;
    }
    Ok(Some(Head {
        status,
        length,
        body,
        keeps,
    }))
}

impl Body {
    /// Takes what belongs to the body from the beginning of `bytes`, and says how much
    /// that is; `kept` gets its content.
    pub fn take(&mut self, bytes: &[u8], mut kept: Option<&mut Vec<u8>>) -> Result<usize> {
        let mut taken = 0;
        loop {
            let rest = bytes.get(taken..).unwrap_or_default();
            if rest.is_empty() || self.is_over() {
                return Ok(taken);
            }
            let data = match self {
                Self::ToEnd => rest.len(),
                Self::Length(left) => {
                    let data = rest.len().min(*left);
                    *left -= data;
                    data
                }
                Self::Chunked(Chunk::Data(left)) if *left > 2 => {
                    let data = rest.len().min(*left - 2);
                    *left -= data;
                    data
                }
                Self::Chunked(chunk) => {
                    for &byte in rest.iter().take(1) {
                        chunk.step(byte)?;
                    }
                    taken += 1;
                    continue;
                }
            };
            if let Some(kept) = kept.as_deref_mut() {
                kept.extend_from_slice(rest.get(..data).unwrap_or_default());
            }
            taken += data;
        }
    }

    /// Whether all of it came. Of one that lasts to the end only the end says so.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunked(Chunk::Done))
    }
}

impl Chunk {
    /// One byte that is no data. The end of a line of data counts as two more of its bytes.
    fn step(&mut self, byte: u8) -> Result<()> {
        *self = match *self {
            Self::Size(0, true) if byte == b'\n' => Self::Trailer(0),
            Self::Size(size, _) if byte == b'\n' => Self::Data(size + 2),
            Self::Size(size, false) if byte.is_ascii_hexdigit() => {
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                let size = size.checked_mul(16).context("an endless chunk")?;
                Self::Size(size + digit as usize, false)
            }
            // What follows is `\r`, or an extension.
            Self::Size(size, _) => Self::Size(size, true),
            Self::Data(2) if byte == b'\r' => Self::Data(1),
            Self::Data(1) if byte == b'\n' => Self::Size(0, false),
            Self::Trailer(0) if byte == b'\n' => Self::Done,
            Self::Trailer(_) if byte == b'\n' => Self::Trailer(0),
            Self::Trailer(length) if byte == b'\r' => Self::Trailer(length),
            Self::Trailer(length) => Self::Trailer(length + 1),
            Self::Data(_) | Self::Done => bail!("a chunk longer than it says"),
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads an answer that arrives in pieces of `piece` bytes: what the head says, the
    /// content, and what is left over.
    fn read(answer: &str, piece: usize) -> (Head, String, usize) {
        let bytes = answer.as_bytes();
        let (mut there, mut head) = (0, None);
        while head.is_none() {
            there = (there + piece).min(bytes.len());
            head = super::head(&bytes[..there]).unwrap();
        }
        let mut head = head.unwrap();
        let (mut at, mut kept) = (head.length, Vec::new());
        loop {
            at += head.body.take(&bytes[at..there], Some(&mut kept)).unwrap();
            if head.body.is_over() || there == bytes.len() {
                break;
            }
            there = (there + piece).min(bytes.len());
        }
        (head, String::from_utf8(kept).unwrap(), bytes.len() - at)
    }

    #[test]
    fn a_body_has_its_length() {
        for piece in [1, 7, 1000] {
            let answer = "HTTP/1.1 201 Created\r\ncontent-LENGTH: 5\r\n\r\nhello";
            let (head, body, left) = read(answer, piece);
            assert_eq!((head.status, head.keeps), (201, true));
            assert_eq!((body.as_str(), left), ("hello", 0));
        }
        // What comes behind belongs to nobody.
        let (_, body, left) = read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello", 1000);
        assert_eq!((body.as_str(), left), ("he", 3));
    }

    #[test]
    fn a_body_comes_in_chunks() {
        let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                      5\r\nhello\r\n1A;of=no matter\r\n, who has twenty-six bytes\r\n0\r\nx: y\r\n\r\n";
        for piece in [1, 2, 3, 1000] {
            let (head, body, left) = read(answer, piece);
            assert!(head.keeps && head.body.is_over());
            assert_eq!(body, "hello, who has twenty-six bytes");
            assert_eq!(left, 0);
        }
        let (head, body, _) = read(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            1,
        );
        assert!(head.body.is_over() && body.is_empty());
        let mut body = Body::Chunked(Chunk::Size(0, false));
        assert!(body.take(b"1\r\nab", None).is_err());
    }

    #[test]
    fn a_connection_may_end_with_its_answer() {
        let keeps = |answer: &str| read(answer, 1000).0.keeps;
        assert!(!keeps(
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        ));
        assert!(!keeps("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
        assert!(keeps(
            "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n"
        ));
        let (head, body, _) = read("HTTP/1.1 200 OK\r\n\r\nuntil the end", 4);
        assert!(!head.keeps && !head.body.is_over());
        assert_eq!(body, "until the end");
    }

    #[test]
    fn no_content_has_no_body() {
        let (head, body, _) = read("HTTP/1.1 204 No Content\r\n\r\n", 3);
        assert!(head.keeps && head.body.is_over() && body.is_empty());
        assert!(super::head(b"SMTP ready\r\n\r\n").is_err());
        assert_eq!(super::head(b"HTTP/1.1 200 OK\r\n").unwrap(), None);
    }
}
