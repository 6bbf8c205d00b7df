use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Stdio};

use crate::{Home, Ran};

/// Ports that nobody else has.
const FREE_PORTS: [&str; 6] =
    ["--api-addr", "127.0.0.1:0", "--kafka-addr", "127.0.0.1:0", "--kafka-tls-addr", "127.0.0.1:0"];

/// A `weir up` in the foreground.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    shown: String,
}

impl Running {
    /// Starts `weir up` on free ports and returns once it answers.
    ///
    /// # Panics
    /// When it ends before that.
    #[must_use]
    pub fn up(home: &Home, args: &[&str]) -> Self {
        Self::start(home, &[&FREE_PORTS, args].concat())
    }

    /// Starts `weir up` with these arguments alone and returns once it answers.
    ///
    /// # Panics
    /// When it ends before that.
    #[must_use]
    pub fn start(home: &Home, args: &[&str]) -> Self {
        let mut command = home.server(&[&["up"], args].concat());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("weir starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut shown = String::new();
        // The table is printed when everything answers, in one piece.
        while !shown.contains("\nProcess") {
            if stdout.read_line(&mut shown).expect("stdout is text") == 0 {
                let ran = Ran::from(child.wait_with_output().expect("weir ends"));
                panic!("weir up ended early: {ran:#?}");
            }
        }
        Self { child, stdout, shown }
    }

    /// Id of the process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as the power would.
    ///
    /// # Panics
    /// When it cannot be waited for.
    pub fn kill(mut self) {
        self.child.kill().expect("the process is there");
        self.child.wait().expect("the process ends");
    }

    /// Asks it to stop, waits, and returns all that it said.
    ///
    /// # Panics
    /// When it cannot be asked.
    #[must_use]
    pub fn stop(self) -> Ran {
        self.signal("TERM");
        self.ended()
    }

    /// Waits until it ends by itself and returns all that it said.
    ///
    /// # Panics
    /// When it cannot be waited for.
    #[must_use]
    pub fn ended(mut self) -> Ran {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("stdout is text");
        let mut stderr = String::new();
        let mut pipe = self.child.stderr.take().expect("stderr is piped");
        pipe.read_to_string(&mut stderr).expect("stderr is text");
        let status = self.child.wait().expect("the process ends");
        let stdout = std::mem::take(&mut self.shown) + &rest;
        Ran { code: status.code().unwrap_or(-1), stdout, stderr }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = std::process::Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.expect("kill is there").success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The process may have ended: both failures mean that.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
