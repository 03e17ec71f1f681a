// The API's page: draws the schema. A module runs after the deferred bundle, so SwaggerUIBundle is there.

const place = document.getElementById("docs");

window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  // Else the page of the schema would be sent to a validator outside.
  validatorUrl: null,
});
