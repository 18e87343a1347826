//! `schedule` and `operations`: when a mapping runs, and who may do what.

use std::collections::BTreeSet;

use purser_engine::{
    ids::Kind,
    operation::{Operation, Trigger},
};

use super::{MINIMAL, parse, said};

fn with(section: &str) -> String {
    format!("{MINIMAL}{section}")
}

#[test]
fn operations_are_switched_by_kind_and_trigger() {
    let text = with("[mapping.people.operations.user]\ncreate = [\"manual\"]\ndelete = []\n");
    let config = parse(&text).unwrap();
    let switches = &config.mappings[0].operations;
    let allow = |operation, trigger| {
        switches.allow(&Kind::new("user"), operation, &BTreeSet::from([trigger]))
    };
    for trigger in Trigger::ALL {
        assert_eq!(
            allow(Operation::Create, trigger),
            trigger == Trigger::Manual
        );
        assert!(!allow(Operation::Delete, trigger));
        assert!(allow(Operation::Update, trigger) && allow(Operation::Deactivate, trigger));
    }
}

#[test]
fn what_cannot_be_switched_is_said() {
    let wrong = [
        (
            "[mapping.people.operations.usr]\ncreate = []\n",
            "the source `drupal` has no kind `usr`",
        ),
        (
            "[mapping.people.operations.user]\nremove = []\n",
            "the values are: create, update, deactivate, delete",
        ),
        (
            "[mapping.people.operations.user]\ncreate = [\"nightly\"]\n",
            "the values are: manual, automatic, scheduled",
        ),
    ];
    for (section, words) in wrong {
        let said = said(&with(section));
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_schedule_is_read_with_its_zone() {
    let text = with(
        "[mapping.people.schedule]\ncron = \"0 3 * * mon-fri\"\ntime_zone = \"Europe/Zurich\"\n\
         jitter_seconds = 300\nmissed = \"skip\"\n",
    );
    let config = parse(&text).unwrap();
    let schedule = config.mappings[0].schedule.as_ref().unwrap();
    assert_eq!(schedule.to_string(), "0 3 * * mon-fri Europe/Zurich");
    assert_eq!(parse(MINIMAL).unwrap().mappings[0].schedule, None);
}

#[test]
fn what_is_no_schedule_is_said_where_it_stands() {
    let wrong = [
        ("cron = \"0 3 * *\"", "not a cron expression"),
        ("cron = \"0 0 30 2 *\"", "this time never comes"),
        (
            "cron = \"@daily\"\ntime_zone = \"Europe/Zurick\"",
            "there is no time zone `Europe/Zurick`",
        ),
        ("time_zone = \"UTC\"", "cron"),
        (
            "cron = \"@daily\"\nmissed = \"later\"",
            "the values are: run, skip",
        ),
    ];
    for (keys, words) in wrong {
        let said = said(&with(&format!("[mapping.people.schedule]\n{keys}\n")));
        assert!(said.contains(words), "{said}");
    }
}
