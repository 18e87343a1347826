;; More core instances than a component may have.
(component
  (core module $m)
  ;; repeat 65
  (core instance (instantiate $m))
  ;; end
  (core module $n (func (export "f")))
  (core instance $n (instantiate $n))
  (func $f (canon lift (core func $n "f")))
  (instance $metadata (export "describe" (func $f)))
  (instance $mapping (export "map-objects" (func $f)))
  (export "purser:plugin/metadata@0.1.0" (instance $metadata))
  (export "purser:plugin/mapping@0.1.0" (instance $mapping)))
