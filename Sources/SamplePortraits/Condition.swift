/// A way in which pictures of a user differ from the pictures a model was trained on.
///
/// Light, head and hat change the scene, lens and sensor the picture that a camera makes of it.
/// What a condition is like (tint, side, hat) is the user's, not the picture's: the same in all
/// pictures of one seed. Of several lights at once the last one here counts. The raw values are
/// stable names.
package enum Condition: String, Sendable, CaseIterable, Hashable {
    /// Little light, of one colour.
    case dimTint = "dim_tint"
    /// A dark room with one hard, warm lamp at one side.
    case sideLight = "side_light"
    /// A cheap old webcam: sensor noise, a soft lens, and glare that lifts black to a milky grey.
    case noiseBlur = "noise_blur"
    /// A fisheye as of a door viewer: the middle swells, and outside a round picture all is black.
    case wideAngle = "wide_angle"
    /// A head longer and narrower than any that is drawn at random.
    case longHead = "long_head"
    /// A hat over the hair.
    case hat
    /// A night camera: no colour, its own lamp around the lens, and darkness behind.
    case infrared
    /// A bright window behind: the room blown out, the person in the dark.
    case backlight
    /// A dark room with the cold light of a screen on the face from below.
    case screenLight = "screen_light"

    /// The stable name, for example `dim_tint`.
    package var name: String { rawValue }

    /// The condition of a stable name, or nil when there is none.
    package init?(name: String) {
        self.init(rawValue: name)
    }
}
