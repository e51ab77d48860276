/** Makes elements of the page. Text stays text. */

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Gives an element an ID. */
export function named<T extends HTMLElement>(made: T, id: string): T {
  made.id = id;
  return made;
}

export const option = (value: string, text: string): HTMLOptionElement => element("option", { value }, text);
