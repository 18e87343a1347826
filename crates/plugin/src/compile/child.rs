//! The compiler in a process of its own.
//!
//! The request goes in by stdin: a line of JSON, then the file. The answer comes
//! out by stdout: a byte that says what it is, its length, and the machine code
//! or the refusal. The child bounds its own memory before it reads a byte of the
//! file; its time is bounded by whoever waits for it, and by its own limit of
//! processor time should nobody wait any more.

use std::{
    ffi::OsString,
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use wasmtime::Engine;

use super::{Refusal, here};
use crate::{
    error::LoadError,
    runtime::{self, Inner},
};

/// Threads of the compiler: each has a stack and an arena of its own, which
/// count as memory.
const THREADS: u32 = 4;

/// What precedes the bytes of an answer.
const MADE: u8 = b'C';
const REFUSED: u8 = b'E';

#[derive(Serialize, Deserialize)]
struct Request {
    /// What the engine is made of; equal on both sides.
    tuning: runtime::Tuning,
    memory_bytes: u64,
    processor_seconds: u64,
}

/// The child's side: takes one request from `input`, limits this process, and
/// answers to `output`. The process is of no use for anything else afterwards.
///
/// # Errors
/// The request cannot be read or the answer cannot be written. That a file
/// cannot be compiled is an answer.
pub fn compile_component(input: impl Read, mut output: impl Write) -> io::Result<()> {
    let mut input = BufReader::new(input);
    let mut line = String::new();
    input.by_ref().take(10_000).read_line(&mut line)?;
    let request: Request = serde_json::from_str(&line)?;
    limit(&request)?;
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    let answer = Engine::new(&runtime::config(request.tuning))
        .map_err(|error| Refusal::Damaged(format!("{error:#}")))
        .and_then(|engine| here(&engine, &bytes));
    let (kind, answer) = match answer {
        Ok(artefact) => (MADE, artefact),
        Err(refusal) => (REFUSED, serde_json::to_vec(&refusal)?),
    };
    output.write_all(&[kind])?;
    output.write_all(&(answer.len() as u64).to_le_bytes())?;
    output.write_all(&answer)?;
    output.flush()
}

#[cfg(unix)]
fn limit(request: &Request) -> io::Result<()> {
    use rlimit::Resource;
    // Never more than whoever started us allows.
    let at_most = |resource: Resource, wanted: u64| {
        let (_, hard) = resource.get()?;
        let limit = wanted.min(hard);
        resource.set(limit, limit)
    };
    // What it can write to. Addresses alone cost nothing, and the allocator and the
    // stacks take more of them than they use; where a system counts nothing else
    // (Linux does since 4.7), twice as many are the end.
    at_most(Resource::DATA, request.memory_bytes)?;
    at_most(Resource::AS, request.memory_bytes.saturating_mul(2))?;
    at_most(Resource::CPU, request.processor_seconds)?;
    // It dies when it exceeds them; its memory is of interest to nobody.
    at_most(Resource::CORE, 0)
}

/// Elsewhere only the time is bounded.
#[cfg(not(unix))]
fn limit(_request: &Request) -> io::Result<()> {
    Ok(())
}

/// The parent's side.
pub(super) fn ask(
    runtime: &Inner,
    program: &Path,
    arguments: &[OsString],
    bytes: &[u8],
) -> Result<Vec<u8>, LoadError> {
    let limits = &runtime.limits;
    let request = Request {
        tuning: runtime.tuning,
        memory_bytes: u64::try_from(limits.compile_memory_bytes).unwrap_or(u64::MAX),
        processor_seconds: limits
            .compile_time
            .as_secs()
            .saturating_add(1)
            .saturating_mul(THREADS.into()),
    };
    let answer = exchange(program, arguments, &request, bytes, limits.compile_time);
    let answer = answer.map_err(LoadError::Compiler)?;
    let Some(answer) = answer else {
        return Err(LoadError::CompileTime {
            limit: limits.compile_time,
        });
    };
    // An answer that is not whole is that of a process that died.
    let died = || LoadError::CompilerDied {
        limit: limits.compile_memory_bytes,
    };
    let (kind, rest) = answer.split_first().ok_or_else(died)?;
    let (length, body) = rest.split_first_chunk().ok_or_else(died)?;
    if u64::from_le_bytes(*length) != body.len() as u64 {
        return Err(died());
    }
    match *kind {
        MADE => Ok(body.to_vec()),
        REFUSED => {
            let refusal: Refusal = serde_json::from_slice(body).map_err(|_| died())?;
            Err(refusal.into())
        }
        _ => Err(died()),
    }
}

/// All that the child says, or none where it takes too long.
fn exchange(
    program: &Path,
    arguments: &[OsString],
    request: &Request,
    bytes: &[u8],
    time: Duration,
) -> io::Result<Option<Vec<u8>>> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    let mut child = Command::new(program)
        .args(arguments)
        // It needs nothing of ours: no secret, no folder.
        .env_clear()
        .env("RAYON_NUM_THREADS", THREADS.to_string())
        // The allocator of `purser` takes addresses by the GiB, more at each step.
        .env("MIMALLOC_ARENA_RESERVE", "0")
        .env("MIMALLOC_PURGE_DELAY", "0")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let said = thread::scope(|scope| {
        let (tell, told) = mpsc::channel();
        if let Some(mut stdin) = stdin {
            // A child that dies before it has read all says so by its answer.
            scope.spawn(move || stdin.write_all(&line).and_then(|()| stdin.write_all(bytes)));
        }
        if let Some(mut stdout) = stdout {
            scope.spawn(move || {
                let mut answer = Vec::new();
                // Fails only where nobody waits any more.
                let _ = tell.send(stdout.read_to_end(&mut answer).map(|_| answer));
            });
        }
        let said = told.recv_timeout(time);
        // It has nothing more to say; where it has said nothing, this ends both threads.
        let _already_gone = child.kill();
        said
    });
    child.wait()?;
    match said {
        Ok(answer) => answer.map(Some),
        Err(_) => Ok(None),
    }
}
