//! What a person is told when something is wrong, word by word; and that
//! nothing is lost by it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use purser_tests::{
    dataset::{Dataset, Version},
    files,
    purser::Outcome,
    scene::Scene,
    server::Foreign,
};

/// What was printed, without what differs from run to run.
fn words(scene: &Scene, outcome: &Outcome) -> String {
    let folder = scene.purser.folder().display().to_string();
    let mut text = outcome
        .all()
        .replace(&folder, "FOLDER")
        .replace(scene.proxy.base(), "BASE");
    if let Some(authority) = scene
        .proxy
        .base()
        .strip_prefix("http://")
        .and_then(|r| r.split('/').next())
    {
        text = text.replace(authority, "HOST");
    }
    text
}

/// Sets a scene, spoils something, and gives the words of a call that ends with `code`.
fn told(spoil: impl FnOnce(&mut Scene) -> Result<()>, call: &[&str], code: i32) -> Result<String> {
    let mut scene = Scene::new(Dataset::drupal_300()?)?;
    spoil(&mut scene)?;
    let outcome = scene.purser.call(call)?;
    outcome.expect(code)?;
    assert_eq!(scene.proxy.counts().users_created, 0, "nothing was written");
    Ok(words(&scene, &outcome))
}

fn wrong_token(scene: &mut Scene) -> Result<()> {
    scene.purser.use_token("not the token");
    Ok(())
}

/// The server's root answers, but with a page for people.
fn html(scene: &mut Scene) -> Result<()> {
    let page = html_server()?;
    scene.purser.set(&["target", "wiki", "base_url"], page)?;
    scene.purser.write_config()
}

/// A web site that has a page for everything.
fn html_server() -> Result<String> {
    use std::{
        io::{BufRead, BufReader, Write},
        net::TcpListener,
        thread,
    };
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}/scim", listener.local_addr()?);
    thread::spawn(move || {
        let page = "<!DOCTYPE html><html><title>Sign in</title></html>";
        for stream in listener.incoming().flatten() {
            let mut head = BufReader::new(&stream).lines().map_while(Result::ok);
            let _read = head.find(String::is_empty);
            let _gone = write!(
                &stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{page}",
                page.len()
            );
        }
    });
    Ok(address)
}

/// The port of the web site differs from run to run.
fn without_port(text: &str) -> String {
    let mut clean = String::new();
    for (index, part) in text.split("127.0.0.1:").enumerate() {
        if index == 0 {
            clean.push_str(part);
        } else {
            clean.push_str("HOST");
            clean.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
        }
    }
    clean
}

#[test]
fn a_wrong_token() -> Result<()> {
    insta::assert_snapshot!("wrong_token_run", told(wrong_token, &["run", "people"], 1)?);
    insta::assert_snapshot!(
        "wrong_token_test",
        told(wrong_token, &["target", "test", "wiki"], 1)?
    );
    Ok(())
}

#[test]
fn a_web_page_instead_of_scim() -> Result<()> {
    insta::assert_snapshot!(
        "html_run",
        without_port(&told(html, &["run", "people"], 1)?)
    );
    insta::assert_snapshot!(
        "html_test",
        without_port(&told(html, &["target", "test", "wiki"], 1)?)
    );
    Ok(())
}

#[test]
fn an_unknown_key_in_the_configuration() -> Result<()> {
    let spoil = |scene: &mut Scene| {
        let path = scene.purser.folder().join("purser.toml");
        let example =
            std::fs::read_to_string(files::root()?.join("examples/drupal-300/purser.toml"))?;
        Ok(std::fs::write(
            path,
            example.replace("base_url =", "base_ulr ="),
        )?)
    };
    insta::assert_snapshot!("unknown_key", told(spoil, &["run", "people"], 2)?);
    Ok(())
}

/// All accounts lack their name: each is parked, and says which attribute is missing.
#[test]
fn a_missing_column() -> Result<()> {
    let mut scene = Scene::new(Dataset::drupal_300()?)?;
    let lines: Vec<String> = scene
        .dataset
        .lines("users", Version::First)?
        .iter()
        .take(3)
        .map(|line| line.replacen("\"name\":", "\"renamed\":", 1))
        .collect();
    scene.purser.put_lines("users", &lines)?;
    scene.purser.put_lines("groups", &[])?;
    scene.purser.put_lines("roles", &[])?;
    for (kind, rows) in [("user", 3), ("group", 0), ("role", 0)] {
        scene.purser.expect_rows(kind, Some(rows))?;
    }
    scene.purser.write_config()?;
    let outcome = scene.purser.run(&[])?;
    outcome.expect(5)?;
    insta::assert_snapshot!("missing_column_run", words(&scene, &outcome));
    let status = scene.purser.call(&["status"])?;
    status.expect(5)?;
    insta::assert_snapshot!("missing_column_status", without_times(&status.stdout));
    assert_eq!(scene.proxy.counts().writes, 0);
    Ok(())
}

/// The component that does what its settings say.
pub(super) fn hostile() -> Result<PathBuf> {
    files::program(files::target()?.join("guests/wasm32-unknown-unknown/guest/hostile.wasm"))
}

/// A component that misbehaves parks its objects, and the accounts that are
/// there stay as they are.
fn misbehaves(deed: &str) -> Result<(String, String)> {
    let component = hostile()?;
    let mut scene = Scene::new(Dataset::drupal_300()?)?;
    scene.purser.run(&[])?.expect(0)?;
    scene.proxy.take();

    use_component(&mut scene, &component, deed)?;
    let outcome = scene.purser.run(&[])?;
    outcome.expect(5)?;
    assert_eq!(scene.proxy.counts().writes, 0, "nothing is lost");
    scene.compare(Version::First)?;
    let status = scene.purser.status()?;
    let reason = status
        .get("people")
        .and_then(|people| {
            people
                .get("parked")?
                .as_array()?
                .first()?
                .get("reason")?
                .as_str()
        })
        .context("nobody is parked")?;
    let reason = reason.replace(&component.display().to_string(), "hostile.wasm");
    Ok((without_times(&words(&scene, &outcome)), reason))
}

/// From now on the mapping has that component, told what to do.
pub(super) fn use_component<S: Foreign>(
    scene: &mut Scene<S>,
    component: &Path,
    deed: &str,
) -> Result<()> {
    let path = component.display().to_string();
    let reference: toml::Table = format!("path = {path:?}").parse()?;
    let settings: toml::Table = format!("do = {deed:?}").parse()?;
    let limits: toml::Table = "batch_seconds = 1\nbatch_objects = 1000".parse()?;
    scene.purser.set(&["mapping", "people", "limits"], limits)?;
    scene
        .purser
        .set(&["mapping", "people", "plugin"], reference)?;
    scene
        .purser
        .set(&["mapping", "people", "settings"], settings)?;
    scene.purser.write_config()
}

#[test]
fn a_component_that_traps() -> Result<()> {
    let (run, reason) = misbehaves("trap")?;
    insta::assert_snapshot!("trap_run", run);
    insta::assert_snapshot!("trap_reason", reason);
    Ok(())
}

/// Its third bad batch suspends it: it is not asked any more, what is known stays,
/// and a leaver is closed all the same.
#[test]
fn a_component_that_keeps_failing() -> Result<()> {
    let mut scene = Scene::new(Dataset::drupal_300()?)?;
    scene.purser.run(&[])?.expect(0)?;
    use_component(&mut scene, &hostile()?, "trap")?;
    scene.purser.run(&[])?.expect(5)?;
    scene.purser.run(&[])?.expect(5)?;
    let status = scene.purser.call(&["status"])?;
    status.expect(5)?;
    let said: Vec<&str> = status
        .stdout
        .lines()
        .skip_while(|line| !line.contains("suspended"))
        .take(3)
        .collect();
    insta::assert_snapshot!("suspended_status", without_times(&said.join("\n")));

    let mut lines = scene.dataset.lines("users", Version::First)?;
    lines.pop();
    scene.purser.put_lines("users", &lines)?;
    scene.purser.expect_rows("user", Some(lines.len()))?;
    scene.purser.write_config()?;
    scene.proxy.take();
    let outcome = scene.purser.run(&[])?;
    outcome.expect(5)?;
    insta::assert_snapshot!("suspended_run", without_times(&words(&scene, &outcome)));
    assert_eq!(
        scene.proxy.counts().users_changed,
        1,
        "the leaver is closed"
    );
    let status = scene.purser.status()?;
    assert_eq!(status["people"]["suspended"]["failures"], 3, "{status}");
    Ok(())
}

#[test]
fn a_component_that_loops() -> Result<()> {
    let (run, reason) = misbehaves("loop")?;
    insta::assert_snapshot!("loop_run", run);
    insta::assert_snapshot!("loop_reason", reason);
    Ok(())
}

/// Cuts times such as `2026-01-01T00:00:00Z` down to a word.
fn without_times(text: &str) -> String {
    text.split(' ')
        .map(|word| {
            let (core, rest) = word
                .split_once('\n')
                .map_or((word, ""), |(core, rest)| (core, rest));
            let time = core.len() > 18 && core.contains('T') && core.contains("Z");
            match (time, word.contains('\n')) {
                (true, true) => format!("TIME\n{rest}"),
                (true, false) => "TIME".to_owned(),
                (false, _) => word.to_owned(),
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}
