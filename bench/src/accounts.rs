//! Accounts of a site, as many as are wanted: the same number gives the same ones.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

use anyhow::Result;
use serde_json::{Value, json};

const GIVEN: [&str; 8] = [
    "Anna", "Béla", "Chloé", "Đorđe", "Emre", "Frida", "Gül", "Håkon",
];
const FAMILY: [&str; 8] = [
    "Müller", "Novák", "O'Brien", "Peña", "Quist", "Rossi", "Şahin", "Tóth",
];
const CITIES: [(&str, &str); 4] = [
    ("Wien", "Austria"),
    ("Köln", "Germany"),
    ("Brno", "Czechia"),
    ("Győr", "Hungary"),
];

/// The account with this number, with the 20 attributes of `bench/guests/README.md`.
pub fn account(number: usize) -> Value {
    let pick = |list: &[&str], step: usize| {
        let place = (number / step) % list.len();
        list.get(place).copied().unwrap_or_default().to_owned()
    };
    let (given, family) = (pick(&GIVEN, 1), pick(&FAMILY, 8));
    let (city, country) = CITIES
        .get(number % CITIES.len())
        .copied()
        .unwrap_or_default();
    json!({
        "login": format!("User{number:07}"),
        "mail": format!(" user{number:07}@example.org"),
        "mail_private": format!("{}.{number}@example.com", given.to_lowercase()),
        "given_name": given,
        "family_name": family,
        "title": "Senior Lecturer",
        "phone": format!("+43 1 58801 {:05}", number % 100_000),
        "mobile": format!("+43 664 {number:07}"),
        "street": format!("Karlsplatz {}", number % 90 + 1),
        "zip": format!("{}", 1000 + number % 9000),
        "city": city,
        "country": country,
        "department": pick(&["Informatics", "Physics", "Library"], 3),
        "company": "Example University",
        "employee_number": format!("{}", 100_000 + number),
        "manager": format!("{}", number / 12),
        "language": "de-AT",
        "timezone": "Europe/Vienna",
        "homepage": format!("https://people.example.org/~user{number:07}"),
        "groups": [pick(&["staff", "guests"], 5), pick(&["vpn", "lab", "library"], 7)],
    })
}

/// Writes accounts 1 to `count` as JSON lines, each with its `uid`.
pub fn write(path: &Path, count: usize) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for number in 1..=count {
        let mut account = account(number);
        if let Some(map) = account.as_object_mut() {
            map.insert("uid".to_owned(), number.to_string().into());
            map.insert("status".to_owned(), true.into());
            // Nobody provisions groups here.
            map.remove("groups");
        }
        serde_json::to_writer(&mut out, &account)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}
