//! The table of `check` and `target test`: what was tried, how it went, what to do.

use comfy_table::{Cell, Color, ContentArrangement, Table, presets};

use super::output::Output;
use crate::target::{Finding, FindingState};

/// A finding in few words.
pub(super) fn finding(
    state: FindingState,
    check: impl Into<String>,
    message: impl Into<String>,
) -> Finding {
    Finding {
        check: check.into(),
        state,
        message: message.into(),
        hint: None,
    }
}

/// Whether something does not work.
pub(super) fn any_failed(findings: &[Finding]) -> bool {
    findings
        .iter()
        .any(|finding| finding.state == FindingState::Failed)
}

/// Prints the table, hints below what they are about.
pub(super) fn show(findings: &[Finding], output: &mut Output) -> std::io::Result<()> {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    for finding in findings {
        let (word, colour) = match finding.state {
            FindingState::Ok => ("ok", Color::Green),
            FindingState::Warning => ("warning", Color::Yellow),
            FindingState::Failed => ("failed", Color::Red),
        };
        let state = Cell::new(word);
        let state = if output.colours_data() {
            state.fg(colour)
        } else {
            state
        };
        let message = match &finding.hint {
            Some(hint) => format!("{}\nhint: {hint}", finding.message),
            None => finding.message.clone(),
        };
        table.add_row([state, Cell::new(&finding.check), Cell::new(message)]);
    }
    output.data(table.trim_fmt())
}
