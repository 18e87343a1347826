//! Requests that are kept on their way until the test lets them go.

use anyhow::Result;
use tokio::sync::watch;

/// What is kept, told to whoever waits for it.
pub(super) struct Hold(watch::Sender<State>);

#[derive(Default)]
struct State {
    /// How often the test has let go.
    round: u64,
    /// How many are kept in this round.
    kept: usize,
}

impl Default for Hold {
    fn default() -> Self {
        Self(watch::Sender::new(State::default()))
    }
}

impl Hold {
    /// How often the test has let go until now.
    pub(super) fn round(&self) -> u64 {
        self.0.borrow().round
    }

    /// Whether something is kept.
    pub(super) fn any(&self) -> bool {
        self.0.borrow().kept > 0
    }

    /// Keeps a request by a fault that was set in `round`. Where the test has let go
    /// since, not at all: an answer of a slow target comes after the test that wanted
    /// to hold it has gone on, and nobody would let it go any more.
    pub(super) async fn keep(&self, round: Option<u64>) -> Result<()> {
        let round = round.unwrap_or_default();
        let mut state = self.0.subscribe();
        self.0.send_if_modified(|state| {
            let kept = state.round <= round;
            state.kept += usize::from(kept);
            kept
        });
        state.wait_for(|state| state.round > round).await?;
        Ok(())
    }

    /// Ends the round.
    pub(super) fn let_go(&self) {
        self.0.send_modify(|state| {
            state.round += 1;
            state.kept = 0;
        });
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use anyhow::Result;
    use tokio::time::timeout;

    use super::Hold;

    /// Long for a machine under load; nothing that is let go waits for it.
    const PATIENCE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn what_comes_after_it_was_let_go_is_not_kept() -> Result<()> {
        let hold = Hold::default();
        let round = hold.round();
        hold.let_go();
        timeout(PATIENCE, hold.keep(Some(round))).await??;
        assert!(!hold.any(), "and is not taken for one of the next round");
        Ok(())
    }

    #[tokio::test]
    async fn all_that_is_kept_is_let_go_at_once() -> Result<()> {
        let hold = Arc::new(Hold::default());
        let round = hold.round();
        let kept = [(); 2].map(|()| {
            let hold = Arc::clone(&hold);
            tokio::spawn(async move { hold.keep(Some(round)).await })
        });
        while hold.0.borrow().kept < 2 {
            tokio::task::yield_now().await;
        }
        assert!(kept.iter().all(|kept| !kept.is_finished()));
        hold.let_go();
        for kept in kept {
            timeout(PATIENCE, kept).await???;
        }
        assert!(!hold.any());
        Ok(())
    }
}
