import { Anchor, Button, type AnchorProps, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import { forwardRef } from "react";

const AnchorLink = forwardRef<HTMLAnchorElement, Omit<AnchorProps, "href">>(function AnchorLink(props, ref) {
  return <Anchor ref={ref} {...props} />;
});

const AnchorButton = forwardRef<HTMLAnchorElement, Omit<ButtonProps, "href">>(
  function AnchorButton(props, ref) {
    return <Button component="a" ref={ref} {...props} />;
  },
);

/** A link in a text or a table to another page of the console. */
export const TextLink = createLink(AnchorLink);

/** A link that looks like a button: it goes somewhere, it changes nothing. */
export const LinkButton = createLink(AnchorButton);
