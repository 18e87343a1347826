;; A core module that was cut off on its way.
(module (memory 1) (func (export "f") (drop (i32.const 1))))
