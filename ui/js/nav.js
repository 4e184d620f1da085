// On a small screen the navigation scrolls: where one is comes into view.
document.querySelector(".side nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
