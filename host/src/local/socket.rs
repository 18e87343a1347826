//! The socket file: where it is, who may make it, who may use it.

use std::{
    io,
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use tokio::net::{UnixListener, UnixStream};

/// The longest path of a socket that all systems take (`sun_path` less its end: 104 on BSD, 108 on Linux).
const LONGEST_PATH: usize = 103;

/// Root may do anything anyway.
const ROOT: u32 = 0;

/// Why there is no socket to listen on, or nobody to talk to.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The system takes no such path.
    #[error("the path of the socket is too long: {} has {length} bytes, {LONGEST_PATH} are possible", path.display())]
    TooLong {
        /// The path.
        path: PathBuf,
        /// Its length.
        length: usize,
    },
    /// Others could put a socket of their own in its place.
    #[error("everybody may write to the folder of the socket, {}", .0.display())]
    OpenFolder(PathBuf),
    /// Something else has the name.
    #[error("{} is there, and it is not a socket", .0.display())]
    NotASocket(PathBuf),
    /// The system.
    #[error("cannot {doing} the socket {}", path.display())]
    Io {
        /// What was to be done.
        doing: &'static str,
        /// The path.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// Somebody else answers.
    #[error("the process that listens on {} belongs to another user ({uid})", path.display())]
    Stranger {
        /// The path.
        path: PathBuf,
        /// Whose it is.
        uid: u32,
    },
}

/// Where the host of a store listens.
pub fn path_of(store: &Path) -> PathBuf {
    let mut path = store.as_os_str().to_owned();
    path.push(".sock");
    PathBuf::from(path)
}

/// Takes connections of the same user and of root. Removes its file in the end.
#[derive(Debug)]
pub struct Listener {
    listener: UnixListener,
    path: PathBuf,
    owner: u32,
}

impl Listener {
    /// Listens beside a store. The caller has the store's exclusive lock, so that
    /// a socket file that is there was left by a host that is dead.
    ///
    /// # Errors
    /// See [`SocketError`].
    pub fn beside(store: &Path) -> Result<Self, SocketError> {
        let path = path_of(store);
        let length = path.as_os_str().len();
        if length > LONGEST_PATH {
            return Err(SocketError::TooLong { path, length });
        }
        let failed = |doing, path: &Path| {
            let path = path.to_owned();
            move |cause| SocketError::Io { doing, path, cause }
        };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mode = folder
            .metadata()
            .map_err(failed("look at the folder of", &path))?
            .mode();
        // Writable by all and not sticky: anybody could replace what is in it.
        if mode & 0o002 != 0 && mode & 0o1000 == 0 {
            return Err(SocketError::OpenFolder(folder.to_owned()));
        }
        match path.symlink_metadata() {
            Ok(left) if left.file_type().is_socket() => {
                std::fs::remove_file(&path).map_err(failed("remove the stale", &path))?;
            }
            Ok(_) => return Err(SocketError::NotASocket(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed("look at", &path)(error)),
        }
        let listener = UnixListener::bind(&path).map_err(failed("listen on", &path))?;
        // Whoever connects between these two lines is hung up on: see `accept`.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
            .map_err(failed("protect", &path))?;
        let owner = path.metadata().map_err(failed("look at", &path))?.uid();
        Ok(Self {
            listener,
            path,
            owner,
        })
    }

    /// Where it listens.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The next connection of somebody who may talk to us, with their process;
    /// others are hung up on.
    ///
    /// # Errors
    /// The system takes no more connections for the moment.
    pub async fn accept(&self) -> io::Result<(UnixStream, Option<i32>)> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            // Somebody who has gone again meanwhile has no credentials any more.
            let Ok(peer) = stream.peer_cred() else {
                continue;
            };
            if peer.uid() == self.owner || peer.uid() == ROOT {
                return Ok((stream, peer.pid()));
            }
            tracing::warn!(uid = peer.uid(), "another user was hung up on");
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Where it stays, the next host removes it.
        let _gone_already = std::fs::remove_file(&self.path);
    }
}

/// Connects to the host of a store; none where no host runs.
///
/// # Errors
/// Somebody listens whom we cannot reach, or should not trust.
pub async fn connect(store: &Path) -> Result<Option<UnixStream>, SocketError> {
    let path = path_of(store);
    if path.as_os_str().len() > LONGEST_PATH {
        return Ok(None);
    }
    let failed = |cause| SocketError::Io {
        doing: "connect to",
        path: path.clone(),
        cause,
    };
    let stream = match UnixStream::connect(&path).await {
        Ok(stream) => stream,
        // No socket, or one that a dead host has left.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(failed(error)),
    };
    let host = stream.peer_cred().map_err(failed)?.uid();
    // Our own name, as the kernel tells it to a peer.
    let us = UnixStream::pair()
        .and_then(|(here, _there)| here.peer_cred())
        .map_err(failed)?
        .uid();
    let store_owner = store.metadata().map_err(failed)?.uid();
    // Root also works on a store that belongs to the service's user.
    if host == us || host == ROOT || (us == ROOT && host == store_owner) {
        Ok(Some(stream))
    } else {
        Err(SocketError::Stranger { path, uid: host })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_private_found_and_removed_in_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("purser.db");
        std::fs::write(&store, "").unwrap();
        assert!(connect(&store).await.unwrap().is_none());
        let listener = Listener::beside(&store).unwrap();
        let mode = listener.path().metadata().unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
        let client = connect(&store).await.unwrap().unwrap();
        let (_, pid) = listener.accept().await.unwrap();
        assert_eq!(pid, Some(std::process::id() as i32));
        drop((client, listener));
        assert!(!path_of(&store).exists());
    }

    #[tokio::test]
    async fn a_socket_that_a_dead_host_left_is_replaced_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("purser.db");
        std::fs::write(&store, "").unwrap();
        // std's listener leaves its file behind, as a killed process does.
        drop(std::os::unix::net::UnixListener::bind(path_of(&store)).unwrap());
        assert!(connect(&store).await.unwrap().is_none());
        drop(Listener::beside(&store).unwrap());
        std::fs::write(path_of(&store), "mine").unwrap();
        let error = Listener::beside(&store).unwrap_err();
        assert!(matches!(error, SocketError::NotASocket(_)), "{error}");
        assert_eq!(std::fs::read_to_string(path_of(&store)).unwrap(), "mine");
    }

    #[tokio::test]
    async fn a_folder_open_to_all_and_a_path_too_long_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(folder.path(), open).unwrap();
        let error = Listener::beside(&folder.path().join("purser.db")).unwrap_err();
        assert!(matches!(error, SocketError::OpenFolder(_)), "{error}");
        let long = folder.path().join("x".repeat(LONGEST_PATH));
        let error = Listener::beside(&long).unwrap_err();
        assert!(matches!(error, SocketError::TooLong { .. }), "{error}");
        assert!(connect(&long).await.unwrap().is_none());
    }
}
