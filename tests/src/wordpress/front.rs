//! What stands between a client and WordPress, and how many PHP processes there are.

use std::{fs, net::Ipv4Addr, path::Path, process::Command};

use anyhow::{Context, Result};

use super::{Group, php, said, script};

/// A web server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// PHP's own, with so many processes.
    Php(u8),
    /// nginx before php-fpm with so many processes.
    Fpm(u8),
}

impl Front {
    pub(super) fn start(self, folder: &Path, site: &Path, port: u16) -> Result<Vec<Group>> {
        let address = format!("{}:{port}", Ipv4Addr::LOCALHOST);
        match self {
            Self::Php(processes) => {
                let mut serve = php();
                if processes > 1 {
                    serve.env("PHP_CLI_SERVER_WORKERS", processes.to_string());
                }
                serve
                    .args(["-S", &address, "-t"])
                    .arg(site)
                    // By its whole path: WordPress changes the working directory.
                    .arg(script("router.php")?);
                Ok(vec![Group::start(&mut serve, &folder.join("web.log"))?])
            }
            Self::Fpm(processes) => fpm(folder, site, &address, processes),
        }
    }
}

/// nginx and php-fpm as the user that runs the tests, with nothing outside of the folder.
fn fpm(folder: &Path, site: &Path, address: &str, processes: u8) -> Result<Vec<Group>> {
    let user = said(Command::new("id").arg("-un"), "")?;
    let user = user.trim();
    let place = folder.display();
    let pool = format!(
        "[global]
error_log = {place}/fpm.log
daemonize = no
[site]
user = {user}
group = {user}
listen = {place}/fpm.sock
pm = static
pm.max_children = {processes}
php_admin_value[memory_limit] = 256M
php_admin_value[display_errors] = 0
"
    );
    fs::write(folder.join("fpm.conf"), pool)?;
    // One worker that does all: it only passes on.
    let server = format!(
        "daemon off;
user {user} {user};
worker_processes 1;
error_log {place}/nginx.log;
pid {place}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {place}/body;
    fastcgi_temp_path {place}/fastcgi;
    proxy_temp_path {place}/proxy;
    scgi_temp_path {place}/scgi;
    uwsgi_temp_path {place}/uwsgi;
    types {{ text/css css; text/javascript js; image/svg+xml svg; image/png png; }}
    server {{
        listen {address};
        root {};
        index index.php;
        client_max_body_size 32m;
        location / {{ try_files $uri $uri/ /index.php?$args; }}
        location ~ \\.php$ {{
            include /etc/nginx/fastcgi_params;
            fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
            fastcgi_read_timeout 120s;
            fastcgi_pass unix:{place}/fpm.sock;
        }}
    }}
}}
",
        site.display()
    );
    fs::write(folder.join("nginx.conf"), server)?;
    let mut pool = Command::new(fpm_program()?);
    pool.args(["--nodaemonize", "--allow-to-run-as-root", "--fpm-config"])
        .arg(folder.join("fpm.conf"));
    let mut nginx = Command::new("nginx");
    nginx
        .arg("-c")
        .arg(folder.join("nginx.conf"))
        .arg("-p")
        .arg(folder);
    Ok(vec![
        Group::start(&mut pool, &folder.join("pool.log"))?,
        Group::start(&mut nginx, &folder.join("web.log"))?,
    ])
}

/// Debian names it by its version.
fn fpm_program() -> Result<String> {
    let version = said(
        Command::new("php").args(["-r", "echo PHP_MAJOR_VERSION, '.', PHP_MINOR_VERSION;"]),
        "",
    )
    .context("there is no PHP")?;
    Ok(format!("php-fpm{version}"))
}
