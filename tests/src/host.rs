//! A running host (`purser serve`) over the folder of a [`Purser`].

use anyhow::{Context, Result};

use crate::purser::{Outcome, Purser, Running};

/// It is killed where a test fails before it has ended.
pub struct Host(Option<Running>);

impl Host {
    /// Starts it, and waits until it takes requests.
    ///
    /// # Errors
    /// It does not come up; the message says what it printed.
    pub fn start(purser: &Purser) -> Result<Self> {
        let host = Self(Some(purser.spawn(&["serve"])?));
        host.running()?.until_printed("ready ", 1)?;
        Ok(host)
    }

    /// Asks it to end (SIGTERM), and waits until it has taken that in.
    ///
    /// # Errors
    /// It does not.
    pub fn terminate(&self) -> Result<()> {
        let running = self.running()?;
        running.victim().terminate()?;
        running.until_printed(" ending ", 1)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// It hangs.
    pub fn wait(mut self) -> Result<Outcome> {
        self.0.take().context("it has ended already")?.wait()
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Errors
    /// It does not.
    pub fn end(self) -> Result<Outcome> {
        self.running()?.victim().terminate()?;
        self.wait()
    }

    /// Its process.
    ///
    /// # Errors
    /// It has ended.
    pub fn running(&self) -> Result<&Running> {
        self.0.as_ref().context("it has ended already")
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Some(running) = &self.0 {
            running.victim().kill();
        }
    }
}
