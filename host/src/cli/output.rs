//! The one writer. Data goes to stdout, so that it can be piped; what is said
//! beside it goes to stderr. Colours only repeat what the words say, and appear
//! on terminals only, never where `NO_COLOR` is set.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
};

use serde::Serialize;

use super::bar::Bar;

/// How a text is to look on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// As it should be.
    Good,
    /// Worth a look.
    Warning,
    /// Wrong.
    Bad,
    /// Advice.
    Hint,
    /// The name of something.
    Strong,
}

impl Tone {
    fn code(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Warning => "1;33",
            Self::Bad => "1;31",
            Self::Hint => "1;36",
            Self::Strong => "1",
        }
    }
}

/// Where a command writes.
pub(super) struct Output {
    data: Box<dyn Write + Send>,
    talk: Box<dyn Write + Send>,
    colours_data: bool,
    colours_talk: bool,
    bar: Option<Bar>,
}

impl Output {
    /// The process's own stdout and stderr.
    pub(super) fn process() -> Self {
        let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Self {
            data: Box::new(io::stdout()),
            talk: Box::new(io::stderr()),
            colours_data: colours && io::stdout().is_terminal(),
            colours_talk: colours && io::stderr().is_terminal(),
            bar: None,
        }
    }

    /// Other writers. Both are flushed after each sentence; `colours` are for
    /// data and for talk.
    pub(super) fn new(
        data: impl Write + Send + 'static,
        talk: impl Write + Send + 'static,
        colours: (bool, bool),
    ) -> Self {
        Self {
            data: Box::new(data),
            talk: Box::new(talk),
            colours_data: colours.0,
            colours_talk: colours.1,
            bar: None,
        }
    }

    /// Whether somebody watches what is said.
    #[expect(clippy::unused_self, reason = "only the output knows where it goes")]
    pub(super) fn talks_to_terminal(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// Shows progress from now on, where talk goes to a terminal.
    pub(super) fn show_progress(&mut self) -> Option<Bar> {
        let screen = self.talks_to_terminal() && std::env::var_os("CI").is_none();
        self.bar = screen.then(Bar::new);
        self.bar.clone()
    }

    /// Shows no progress any more.
    pub(super) fn end_progress(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.end();
        }
    }

    /// Data as somebody else has worded it.
    pub(super) fn pass_data(&mut self, text: &str) -> io::Result<()> {
        let data = &mut self.data;
        beside(self.bar.as_ref(), || {
            data.write_all(text.as_bytes())?;
            data.flush()
        })
    }

    /// Talk as somebody else has worded it.
    pub(super) fn pass_talk(&mut self, text: &str) -> io::Result<()> {
        let talk = &mut self.talk;
        beside(self.bar.as_ref(), || {
            talk.write_all(text.as_bytes())?;
            talk.flush()
        })
    }

    /// Whether data may be coloured.
    pub(super) fn colours_data(&self) -> bool {
        self.colours_data
    }

    /// Whether talk may be coloured.
    pub(super) fn colours_talk(&self) -> bool {
        self.colours_talk
    }

    /// One line (or several) of data.
    pub(super) fn data(&mut self, text: impl Display) -> io::Result<()> {
        let data = &mut self.data;
        beside(self.bar.as_ref(), || {
            writeln!(data, "{text}")?;
            data.flush()
        })
    }

    /// Data as JSON, indented.
    pub(super) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        let data = &mut self.data;
        beside(self.bar.as_ref(), || {
            serde_json::to_writer_pretty(&mut *data, value)?;
            writeln!(data)?;
            data.flush()
        })
    }

    /// A text for [`Self::data`], coloured where that is wanted.
    pub(super) fn toned(&self, tone: Tone, text: impl Display) -> String {
        paint(self.colours_data, tone, text)
    }

    /// A sentence beside the data.
    pub(super) fn say(&mut self, text: impl Display) -> io::Result<()> {
        let talk = &mut self.talk;
        beside(self.bar.as_ref(), || {
            writeln!(talk, "{text}")?;
            talk.flush()
        })
    }

    /// A sentence with a word before it: `hint: …`.
    pub(super) fn say_with(
        &mut self,
        tone: Tone,
        word: &str,
        text: impl Display,
    ) -> io::Result<()> {
        let word = paint(self.colours_talk, tone, format_args!("{word}:"));
        self.say(format_args!("{word} {text}"))
    }

    /// What a person should know.
    pub(super) fn warn(&mut self, text: impl Display) -> io::Result<()> {
        self.say_with(Tone::Warning, "warning", text)
    }

    /// What a person could do.
    pub(super) fn hint(&mut self, text: impl Display) -> io::Result<()> {
        self.say_with(Tone::Hint, "hint", text)
    }
}

/// Writes where the bar is not.
fn beside<T>(bar: Option<&Bar>, write: impl FnOnce() -> T) -> T {
    match bar {
        Some(bar) => bar.beside(write),
        None => write(),
    }
}

fn paint(colours: bool, tone: Tone, text: impl Display) -> String {
    if colours {
        format!("\u{1b}[{}m{text}\u{1b}[0m", tone.code())
    } else {
        text.to_string()
    }
}
