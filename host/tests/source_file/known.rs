//! Entries that are what was known of their line are not read.

use std::{collections::BTreeMap, fs};

use purser_engine::imprint::Known;
use purser_host::source::{
    Page, Row,
    file::{CsvFormat, Format},
};

use super::{Export, user};

/// The export on one page, read by who knows this much.
async fn read(export: &Export, known: &Known) -> Page {
    let mut enumeration = export.open().await.unwrap();
    let page = enumeration.page(100, known.clone()).await.unwrap();
    let rest = enumeration.page(100, known.clone()).await.unwrap();
    assert!(rest.is_empty());
    let counted = enumeration.evidence().await.counted;
    assert_eq!(counted, page.len() as u64, "all of them count");
    page
}

fn known(rows: &[Row]) -> Known {
    let mut known = Known::new("", 1, 100);
    for row in rows {
        known.stood(row.position, row.imprint);
    }
    known
}

/// Which entries are left unread and which are read, by their lines.
async fn lines(export: &Export, known: &Known) -> (Vec<u64>, Vec<u64>) {
    let page = read(export, known).await;
    let rows = page.rows.iter().map(|row| row.position).collect();
    (page.same, rows)
}

#[tokio::test]
async fn lines_that_are_as_they_were_where_they_were() {
    let text = |two: &str| format!("{}{two}\n{}{}", user(1), user(3), user(4));
    let export = Export::of(text(user(2).trim_end()));
    let first = read(&export, &Known::default()).await;
    assert_eq!((first.rows.len(), first.same.len(), first.last), (4, 0, 4));
    let known = known(&first.rows);
    assert_eq!(lines(&export, &known).await, (vec![1, 2, 3, 4], vec![]));

    fs::write(
        export.path(),
        text(r#"{"uid": 2, "status": 0, "roles": []}"#),
    )
    .unwrap();
    assert_eq!(lines(&export, &known).await, (vec![1, 3, 4], vec![2]));
    // From an empty line on, each stands where another stood.
    fs::write(export.path(), text("")).unwrap();
    assert_eq!(lines(&export, &known).await, (vec![1, 3, 4], vec![]));
    fs::write(export.path(), user(1) + &user(3) + &user(4)).unwrap();
    assert_eq!(lines(&export, &known).await, (vec![1], vec![2, 3]));
    // The last line may be cut off where a longer one had the same bytes.
    let whole = text(user(2).trim_end());
    fs::write(export.path(), whole.trim_end()).unwrap();
    assert_eq!(lines(&export, &known).await, (vec![1, 2, 3], vec![4]));
}

#[tokio::test]
async fn another_configuration_reads_all_of_it_anew() {
    let mut export = Export::of(user(1) + &user(2));
    let known = known(&read(&export, &Known::default()).await.rows);
    export.kind.expected_rows = Some(2);
    assert_eq!(lines(&export, &known).await, (vec![1, 2], vec![]));
    export.kind.roles = None;
    assert_eq!(lines(&export, &known).await, (vec![], vec![1, 2]));
}

#[tokio::test]
async fn rows_below_the_header_that_they_stood_below() {
    let mut export = Export::of("uid,status,roles\n1,1,a|b\n\"2\",1,\"x\ny\"\n3,1\n4,1,c\n");
    let lists = |separator| CsvFormat {
        lists: BTreeMap::from([("roles".to_owned(), separator)]),
        ..CsvFormat::default()
    };
    export.kind.format = Format::Csv(lists('|'));
    let known = known(&read(&export, &Known::default()).await.rows);
    // The one with a cell too few may be anybody's, each time.
    assert_eq!(lines(&export, &known).await, (vec![2, 3, 6], vec![5]));
    fs::write(
        export.path(),
        "uid,status,roles\n1,1,a|b\n\"2\",1,\"x\nz\"\n",
    )
    .unwrap();
    assert_eq!(lines(&export, &known).await, (vec![2], vec![3]));
    fs::write(export.path(), "uid,roles,status\n1,1,a|b\n").unwrap();
    assert_eq!(lines(&export, &known).await, (vec![], vec![2]));
    fs::write(export.path(), "uid,status,roles\n1,1,a|b\n").unwrap();
    export.kind.format = Format::Csv(lists(';'));
    assert_eq!(lines(&export, &known).await, (vec![], vec![2]));
}
