//! What can go wrong, one type for each operation.
//!
//! Each text is a fragment for an administrator. None holds a value of a person
//! or a setting, and none the raw words of the WebAssembly engine, which name
//! types and not causes.

use std::time::Duration;

use thiserror::Error;

/// What a library said; for the chain of causes, not for the text.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the engine could not be set up.
#[derive(Debug, Error)]
pub enum RuntimeError {
    /// The engine refused its configuration: a limit that it cannot hold.
    #[error("the WebAssembly engine cannot be set up with these limits")]
    Engine(#[source] Cause),
    /// The operating system refused a thread.
    #[error("no thread for the clock of the WebAssembly engine")]
    Ticker(#[source] std::io::Error),
}

/// Why a file is not a plugin that this host can run.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The bytes do not begin as WebAssembly does.
    #[error("not a WebAssembly file")]
    NotWasm,
    /// The bytes begin as WebAssembly, but the engine cannot take them.
    #[error(
        "the WebAssembly file is damaged, cut off, or uses features that this host does not have"
    )]
    Damaged(#[source] Cause),
    /// The file is longer than any plugin needs to be.
    #[error("the file has {found} bytes, a plugin at most {limit}")]
    FileTooLarge {
        /// [`crate::Limits::file_bytes`].
        limit: usize,
        /// Its length.
        found: usize,
    },
    /// It could not be instantiated within the limits, whatever it does.
    #[error(
        "needs more than a plugin may have: {} core instances, {} memories, {} tables of {} elements, {} bytes of memory",
        limits.core_instances, limits.memories, limits.tables, crate::limits::TABLE_ELEMENTS, limits.memory_bytes
    )]
    BeyondLimits {
        /// Those in force.
        limits: Box<crate::Limits>,
        /// What the engine said.
        #[source]
        source: Cause,
    },
    /// Compiling it takes too long.
    #[error("compiling it takes longer than {} s", limit.as_secs())]
    CompileTime {
        /// [`crate::Limits::compile_time`].
        limit: Duration,
    },
    /// The process that was to compile it ended without an answer.
    #[error(
        "the compiler broke off: it needs more than {limit} bytes of memory, or the file breaks it"
    )]
    CompilerDied {
        /// [`crate::Limits::compile_memory_bytes`].
        limit: usize,
    },
    /// The process that was to compile it cannot be started or heard.
    #[error("the compiler cannot be started")]
    Compiler(#[source] std::io::Error),
    /// A core module that was not built against the contract.
    #[error(
        "a WebAssembly module without the plugin contract: build it with `purser-guest`, or turn it into a component first"
    )]
    NoContract,
    /// It wants the system interface, which no plugin gets.
    #[error(
        "needs `{import}`: plugins have no file, clock or network; build for wasm32-unknown-unknown instead of a WASI target"
    )]
    NeedsWasi {
        /// The first such import.
        import: String,
    },
    /// It wants something that is not in the contract at all.
    #[error(
        "needs `{import}`, which this host does not offer: a plugin may import only `purser:plugin`; a Rust plugin must build for wasm32-unknown-unknown"
    )]
    ForeignImport {
        /// The first such import.
        import: String,
    },
    /// It wants an interface of the contract that this host does not know.
    #[error(
        "needs `{interface}`, which this host does not know: the plugin was built for a later Purser (contract {version})"
    )]
    LaterInterface {
        /// The interface's name.
        interface: String,
        /// The version of the contract it was built with.
        version: String,
    },
    /// It uses a function that was added to a known interface later.
    #[error(
        "uses parts of contract {version} that this host does not have: the plugin was built for a later Purser"
    )]
    LaterFunction {
        /// The version of the contract it was built with.
        version: String,
        /// What the linker said.
        #[source]
        source: Cause,
    },
    /// It wants an interface that the configuration does not allow it.
    #[error(
        "asks for `{interface}`, which is not granted: allow it with `grants = [\"{capability}\"]` under `[mapping.{mapping}]`"
    )]
    NotGranted {
        /// The interface's name.
        interface: String,
        /// The capability that would allow it.
        capability: String,
        /// The name under which the plugin was loaded.
        mapping: String,
    },
    /// It was built against an incompatible contract.
    #[error(
        "built for plugin contract {found}, this host speaks {}",
        crate::CONTRACT
    )]
    OtherContract {
        /// The version it was built with.
        found: String,
    },
    /// It does not say what it is.
    #[error("not a Purser plugin: it exports no `metadata`")]
    NoMetadata,
    /// It is a plugin, but not one that maps.
    #[error("not a mapping: the plugin exports no `mapping`")]
    NoMapping,
    /// Its types differ from the contract it names.
    #[error(
        "its types are not those of contract {}: build it again",
        crate::CONTRACT
    )]
    OtherTypes(#[source] Cause),
    /// It failed while it was started or described itself for the first time.
    #[error("failed while it was being looked at: {0}")]
    Call(CallError),
    /// What it says about itself cannot be used.
    #[error("describes itself wrongly: {0}")]
    Description(#[from] DescriptionError),
}

/// What is wrong with a description.
#[derive(Debug, Error)]
pub enum DescriptionError {
    /// `describe("{}")` must succeed.
    #[error("it refuses empty settings: {0}")]
    RefusesEmpty(String),
    /// The settings' schema is not one.
    #[error("its settings schema is not a JSON Schema")]
    Schema,
    /// A name that is not lower-case words joined by hyphens.
    #[error("its name is not lower-case words joined by hyphens")]
    Name,
    /// A path of `writes` that SCIM would not understand (RFC 7644 §3.10).
    #[error("`{0}` in `writes` is not an attribute path")]
    Path(String),
}

/// Why a plugin cannot be used with these settings.
#[derive(Debug, Error)]
pub enum ConfigureError {
    /// They break the plugin's own schema.
    #[error("settings do not fit: {}", join(.0))]
    Schema(Vec<SettingsFault>),
    /// The plugin refuses them, with its own words.
    #[error("settings do not fit: {0}")]
    Refused(String),
    /// Under these settings the plugin asks for more than it is allowed.
    #[error(
        "asks for `{capability}` ({reason}), which is not granted: allow it with `grants = [\"{capability}\"]` under `[mapping.{mapping}]`"
    )]
    NotGranted {
        /// What it asks for.
        capability: String,
        /// Why, in the plugin's words.
        reason: String,
        /// The name under which the plugin was loaded.
        mapping: String,
    },
    /// It asks for something that this host does not know.
    #[error("asks for `{capability}`, which this host does not offer")]
    UnknownCapability {
        /// What it asks for.
        capability: String,
    },
    /// What it says about itself cannot be used.
    #[error("describes itself wrongly: {0}")]
    Description(#[from] DescriptionError),
    /// It failed instead of answering.
    #[error(transparent)]
    Call(#[from] CallError),
}

/// One place where settings break the schema.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}: {message}", if pointer.is_empty() { "the settings" } else { pointer })]
pub struct SettingsFault {
    /// Where, as a JSON Pointer (RFC 6901); empty for the settings as a whole.
    pub pointer: String,
    /// What is wrong; never the value.
    pub message: String,
}

fn join(faults: &[SettingsFault]) -> String {
    let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

/// Why a call gave no answer. Nothing that the plugin did before is kept, and
/// the next call starts with a new instance.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError {
    /// It stopped itself, or the sandbox stopped it.
    #[error("the plugin stopped: {kind}")]
    Trap {
        /// How it stopped.
        kind: TrapKind,
    },
    /// It took too long.
    #[error("the plugin took longer than {} ms", limit.as_millis())]
    Timeout {
        /// [`crate::Limits::batch_time`].
        limit: Duration,
    },
    /// It wanted too much memory.
    #[error("the plugin wanted more than {limit} bytes of memory")]
    Memory {
        /// [`crate::Limits::memory_bytes`].
        limit: usize,
    },
    /// It is made of more parts than a plugin may be.
    #[error(
        "the plugin has more core instances, memories or tables than {core_instances}, {memories} and {tables}"
    )]
    Parts {
        /// [`crate::Limits::core_instances`].
        core_instances: usize,
        /// [`crate::Limits::memories`].
        memories: usize,
        /// [`crate::Limits::tables`].
        tables: usize,
    },
    /// It handed over more than the host takes.
    #[error("the plugin handed over more than {limit} bytes at once")]
    OutputTooLarge {
        /// Objects × [`crate::Limits::document_out_bytes`].
        limit: usize,
    },
    /// It looked up more than a call may.
    #[error("the plugin asked for more than {limit} lookups in one call")]
    Lookups {
        /// [`crate::Limits::lookups`].
        limit: usize,
    },
    /// It answered for more or fewer objects than it was given.
    #[error("the plugin returned {found} outcomes for {expected} objects")]
    WrongLength {
        /// Objects that it was given.
        expected: usize,
        /// Outcomes that it returned.
        found: usize,
    },
    /// The caller passed more objects than a call may have. Split the batch.
    #[error("{found} objects in one call, at most {limit} are allowed")]
    BatchTooLarge {
        /// [`crate::Limits::batch_objects`].
        limit: usize,
        /// Objects that were passed.
        found: usize,
    },
}

/// How a plugin stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TrapKind {
    /// A panic, an abort, an uncaught exception.
    #[error("it gave up (a panic or an uncaught exception)")]
    Unreachable,
    /// Recursion without end, in pure WebAssembly.
    #[error("its call stack ran out")]
    StackOverflow,
    /// An access outside its memory. For a Rust guest also recursion without
    /// end, whose stack lies in memory.
    #[error("it left its memory (or its call stack ran out)")]
    OutOfBounds,
    /// Anything else.
    #[error("it did something forbidden")]
    Other,
}
