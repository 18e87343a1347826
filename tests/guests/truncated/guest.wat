;; A file that was cut off on its way; `expected.toml` says how much of it.
(component
  (core module $m (memory 1) (func (export "f")))
  (core instance (instantiate $m)))
