//! What the stories noted, as tables.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::Value;

use super::part::Part;

/// Draws the notes of a part.
pub fn draw(part: Part, notes: &[Value]) -> String {
    match part {
        Part::Kills => deaths(notes),
        Part::Places => {
            let cuts = sums(notes, &["step"], "cuts");
            table(&["step", "cuts that landed"], &cuts)
        }
        Part::Sources => {
            let cuts: u64 = notes.iter().map(|note| number(note, "cuts")).sum();
            format!("{cuts} cuts.\n")
        }
        Part::Sites => {
            let columns = ["seed", "accounts", "leavers"];
            each(notes, &columns)
        }
        Part::Walk => {
            let columns = [
                "users",
                "order",
                "page",
                "pages",
                "met",
                "deleted meanwhile",
                "seconds to fill",
                "seconds to walk",
            ];
            each(notes, &columns)
        }
        Part::Wordpress => each(notes, &["WordPress", "users", "edits"]),
        Part::Laws | Part::Fuzz => String::new(),
    }
}

/// A line a note.
fn each(notes: &[Value], columns: &[&str]) -> String {
    let rows: Vec<Vec<String>> = notes.iter().map(|note| row(note, columns)).collect();
    table(columns, &rows)
}

/// Deaths by server, by place, and one by one.
fn deaths(notes: &[Value]) -> String {
    let by_server = sums(notes, &["server", "death", "export"], "");
    let by_place = sums(notes, &["place"], "");
    let columns = [
        "server", "death", "seed", "leavers", "export", "place", "places", "requests",
    ];
    let mut each: Vec<Vec<String>> = notes.iter().map(|note| row(note, &columns)).collect();
    // Stories run side by side; within one, deaths stay in their order.
    each.sort_by(|a, b| a.iter().take(2).cmp(b.iter().take(2)));
    let mut text = table(&["server", "death", "export", "deaths"], &by_server);
    let _to_memory = write!(
        text,
        "\nThe last place that Purser came by before it died:\n\n{}\n\
         <details><summary>Every death: the seed of its campaign, the last place, how many places\n\
         and answered requests it had come by since it was started</summary>\n\n{}\n</details>\n",
        table(&["place", "deaths"], &by_place),
        table(&columns, &each),
    );
    text
}

/// Notes by the values of `keys`: the sum of `of`, or, without it, how many.
fn sums(notes: &[Value], keys: &[&str], of: &str) -> Vec<Vec<String>> {
    let mut sums = BTreeMap::<Vec<String>, u64>::new();
    for note in notes {
        let more = if of.is_empty() { 1 } else { number(note, of) };
        *sums.entry(row(note, keys)).or_default() += more;
    }
    sums.into_iter()
        .map(|(mut cells, sum)| {
            cells.push(sum.to_string());
            cells
        })
        .collect()
}

fn number(note: &Value, name: &str) -> u64 {
    note.get(name).and_then(Value::as_u64).unwrap_or_default()
}

fn row(note: &Value, columns: &[&str]) -> Vec<String> {
    let cell = |name: &&str| match note.get(*name) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    columns.iter().map(cell).collect()
}

fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        let _to_memory = writeln!(text, "| {} |", row.join(" | "));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn notes_are_counted_and_summed() {
        let notes = [
            json!({ "step": "claim", "cuts": 3 }),
            json!({ "step": "begin", "cuts": 1 }),
            json!({ "step": "claim", "cuts": 2 }),
        ];
        let expected = "| step | cuts that landed |\n|---|---|\n| begin | 1 |\n| claim | 5 |\n";
        assert_eq!(draw(Part::Places, &notes), expected);
        assert_eq!(sums(&notes, &["step"], "")[1], ["claim", "2"]);
    }
}
