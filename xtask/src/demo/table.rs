//! The table at the end of the demonstration.

use super::Act;

/// Draws what the runs did: one row a run.
pub fn draw(acts: &[Act]) -> String {
    let head = [
        "run",
        "accounts",
        "created",
        "updated",
        "closed",
        "groups",
        "memberships",
        "requests",
        "time",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(acts.iter().map(row));
    grid(&rows)
}

fn row(act: &Act) -> [String; 9] {
    let change = &act.change;
    let some = |number: usize| {
        if number == 0 {
            "·".to_owned()
        } else {
            number.to_string()
        }
    };
    let signed = |added: usize, removed: usize| match (added, removed) {
        (0, 0) => "·".to_owned(),
        (added, 0) => format!("+{added}"),
        (added, removed) => format!("+{added} −{removed}"),
    };
    [
        act.title.to_owned(),
        change.accounts.to_string(),
        some(change.created),
        some(change.updated + change.reactivated),
        some(change.deactivated + change.deleted),
        signed(change.groups_created, 0),
        signed(change.edges_added, change.edges_removed),
        format!("{} reads, {} writes", act.reads, act.writes),
        format!("{:.1} s", act.took.as_secs_f64()),
    ]
}

/// The first row is the head; the first column is set left, the others right.
fn grid<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    let rule = |left: &str, middle: &str, right: &str| {
        let bars: Vec<String> = widths.iter().map(|width| "─".repeat(width + 2)).collect();
        format!("{left}{}{right}\n", bars.join(middle))
    };
    let mut drawn = rule("┌", "┬", "┐");
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, &width))| match column {
                0 => format!(" {cell:<width$} "),
                _ => format!(" {cell:>width$} "),
            })
            .collect();
        drawn.push_str(&format!("│{}│\n", cells.join("│")));
        if index == 0 {
            drawn.push_str(&rule("├", "┼", "┤"));
        }
    }
    drawn.push_str(&rule("└", "┴", "┘"));
    drawn
}

#[cfg(test)]
mod tests {
    use super::grid;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["run", "n"], ["first", "10"]].map(|row| row.map(str::to_owned));
        let expected =
            "┌───────┬────┐\n│ run   │  n │\n├───────┼────┤\n│ first │ 10 │\n└───────┴────┘\n";
        assert_eq!(grid(&rows), expected);
    }
}
