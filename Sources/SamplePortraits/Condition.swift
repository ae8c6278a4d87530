/// A way in which pictures of a user differ from the pictures a model was trained on.
///
/// `sideLight`, `longHead` and `hat` change the scene, the others change the picture that a camera
/// makes of it. The raw values are stable names.
package enum Condition: String, Sendable, CaseIterable, Hashable {
    /// Little light, of one colour.
    case dimTint = "dim_tint"
    /// Strong light from one side and little from elsewhere.
    case sideLight = "side_light"
    /// Sensor noise and a soft lens.
    case noiseBlur = "noise_blur"
    /// A near wide-angle lens: the middle swells, the edges bend.
    case wideAngle = "wide_angle"
    /// A head longer and narrower than any that is drawn at random.
    case longHead = "long_head"
    /// A hat over the hair.
    case hat

    /// The stable name, for example `dim_tint`.
    package var name: String { rawValue }

    /// The condition of a stable name, or nil when there is none.
    package init?(name: String) {
        self.init(rawValue: name)
    }
}
