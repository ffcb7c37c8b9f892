// Package validate checks components: that what indices refer to is there, that names are
// formed and unique, that types fit, and that canonical definitions have what they need
// (Binary.md, Explainer.md and CanonicalABI.md of the component model's specification).
// What it finds on its way is what instantiation goes by.
package validate
