//! The compiler as a program of its own.

fn main() -> std::io::Result<()> {
    purser_plugin::compile_component(std::io::stdin().lock(), std::io::stdout().lock())
}
