/** Images that are never trained on, to see what the network makes of images that it has not seen. */

/** Of so many images of a class one is held back: enough to judge by, and most are left to learn from. */
const every = 5;

/**
 * Whether the next image of a class is held back. Decided once, when it is given: were it decided by place, taking one away
 * would hold back others, which a network that is trained on has learned from.
 *
 * @param images of the class, as they are
 */
export function isNextHeldBack(images: readonly { readonly heldBack: boolean }[]): boolean {
  const held = images.filter(({ heldBack }) => heldBack).length;
  return held < Math.floor((images.length + 1) / every);
}
