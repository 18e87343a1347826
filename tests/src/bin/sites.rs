//! A WordPress with Purser's plugin and a Purser host beside it, to be tried in a browser:
//! what `cargo xtask sites` starts. Both end with Ctrl-C.

#![expect(clippy::print_stdout, reason = "it talks to whoever has started it")]

use std::{fs, path::Path};

use anyhow::{Context, Result};
use purser_tests::{
    files,
    served::{Served, TENANT},
    wordpress::{Front, WordPress},
};
use toml::{Table, Value};

/// The example of a Drupal site.
const DRUPAL: &str = "examples/drupal-300";

fn main() -> Result<()> {
    let served = Served::start(Front::Php(4), |_| String::new())?;
    let client = served.here.new_token(TENANT, &["--name", "Drupal"])?;
    let drupal = served.folder.path().join("drupal");
    client_of(&served, &client, &drupal)?;
    println!(
        "
A WordPress with Purser's plugin is up, and a Purser host beside it.

  WordPress        {site}/wp-admin/
  sign in as       {user} / {password}
  settings         {site}/wp-admin/options-general.php?page=purser

  SCIM base URL    {base}
  Bearer token     {client}

  the host         {folder}
                   purser.toml its configuration, serve.log what it says

Try:

  curl -H 'Authorization: Bearer {client}' {base}/Users

  cd {drupal} && {purser} run people
                   a Drupal export of 300 accounts, pushed to the site's address

Ctrl-C ends both.
",
        site = served.site.base(),
        user = WordPress::USER,
        password = WordPress::PASSWORD,
        base = served.base(),
        folder = served.folder.path().display(),
        drupal = drupal.display(),
        purser = files::purser()?.display(),
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(tokio::signal::ctrl_c())?;
    Ok(())
}

/// A second host, whose target is the site's SCIM address.
fn client_of(served: &Served, token: &str, folder: &Path) -> Result<()> {
    let example = files::root()?.join(DRUPAL);
    fs::create_dir_all(folder)?;
    for kind in ["users", "roles", "groups"] {
        let file = format!("{kind}.jsonl");
        fs::copy(example.join(&file), folder.join(&file))?;
    }
    fs::write(folder.join("wiki.token"), token)?;
    let mut config: Table = fs::read_to_string(example.join("purser.toml"))?.parse()?;
    let wiki = table(&mut config, &["target", "wiki"])?;
    wiki.insert("base_url".to_owned(), served.base().into());
    wiki.insert(
        "token".to_owned(),
        Table::from_iter([("file".to_owned(), "wiki.token".into())]).into(),
    );
    // WordPress has roles, and no groups beside them.
    let nothing: Table = "create = []\nupdate = []".parse()?;
    table(&mut config, &["mapping", "people"])?.insert(
        "operations".to_owned(),
        Table::from_iter([("group".to_owned(), nothing.into())]).into(),
    );
    Ok(fs::write(folder.join("purser.toml"), config.to_string())?)
}

fn table<'t>(config: &'t mut Table, path: &[&str]) -> Result<&'t mut Table> {
    path.iter().try_fold(config, |table, name| {
        let next = table.get_mut(*name).and_then(Value::as_table_mut);
        next.with_context(|| format!("the example has no [{}]", path.join(".")))
    })
}
